"""A strict reading of RFC 5545 and RFC 7986, as far as our feeds use them; a feed that keeps them has no `faults`."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

_PARAMETER = r';[A-Z0-9-]+=(?:"[^"\x00-\x1f]*"|[^";:,\x00-\x1f]*)'
_LINE = re.compile(rf"(?P<name>[A-Z0-9-]+)(?P<parameters>(?:{_PARAMETER})*):(?P<value>.*)", re.DOTALL)
_TEXT = re.compile(r"(?:[^\x00-\x08\x0a-\x1f\x7f\\;,]|\\[\\;,nN])*")
_TEXTS = re.compile(rf"{_TEXT.pattern}(?:,{_TEXT.pattern})*")
_DATE = re.compile(r"\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_UTC = re.compile(rf"{_DATE.pattern}T(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d|60)Z")
_DURATION = re.compile(r"[+-]?P(?:\d+W|(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+")

_ONCE = {  # RFC 5545, 3.6 and 3.6.1; RFC 7986, 5
    "VCALENDAR": {"PRODID", "VERSION"},
    "VEVENT": {"UID", "DTSTAMP", "DTSTART"},
    "VALARM": {"ACTION", "TRIGGER", "DESCRIPTION"},
}
_AT_MOST_ONCE = {
    "VCALENDAR": {"CALSCALE", "METHOD", "LAST-MODIFIED", "URL", "REFRESH-INTERVAL", "SOURCE", "COLOR", "UID"},
    "VEVENT": {"CLASS", "CREATED", "DESCRIPTION", "DTEND", "GEO", "LAST-MODIFIED", "LOCATION", "ORGANIZER", "PRIORITY"}
    | {"SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "URL", "RECURRENCE-ID", "RRULE", "COLOR"},
    "VALARM": {"DURATION", "REPEAT", "UID"},
}
_MANY = {"VCALENDAR": {"NAME", "DESCRIPTION"}, "VEVENT": {"CATEGORIES"}, "VALARM": set[str]()}
_INSIDE = {"VCALENDAR": "", "VEVENT": "VCALENDAR", "VALARM": "VEVENT"}
_VALUES = {
    "VERSION": re.compile(r"2\.0"),
    "CALSCALE": re.compile("GREGORIAN"),
    "METHOD": re.compile("PUBLISH"),
    "UID": _TEXT,
    "DTSTAMP": _UTC,
    "LAST-MODIFIED": _UTC,
    "SEQUENCE": re.compile(r"\d{1,9}"),
    "STATUS": re.compile("CONFIRMED|CANCELLED|TENTATIVE"),
    "TRANSP": re.compile("OPAQUE|TRANSPARENT"),
    "CATEGORIES": _TEXTS,
    "URL": _URI,
    "REFRESH-INTERVAL": _DURATION,
    "TRIGGER": _DURATION,
    "ACTION": re.compile("DISPLAY"),
}


@dataclass
class _Component:
    name: str
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def values(self, name: str) -> list[tuple[str, str]]:
        return [(parameters, value) for n, parameters, value in self.lines if n == name]


def faults(content: bytes) -> list[str]:
    """What is against the rules in a calendar file."""
    return [*_of_lines(content), *_of_components(content)]


def _of_lines(content: bytes) -> Iterator[str]:
    if content.startswith(b"\xef\xbb\xbf"):
        yield "it begins with a byte order mark"
    if not content.endswith(b"\r\n") or re.search(rb"(?<!\r)\n|\r(?!\n)", content):
        yield "a line ends with something else than CR LF (3.1)"
    for number, line in enumerate(content.split(b"\r\n")[:-1], 1):
        if len(line) > 75:
            yield f"line {number} has {len(line)} octets (3.1)"
        try:
            line.decode()
        except UnicodeDecodeError:
            yield f"line {number} is folded inside a character"
        if not line.strip():
            yield f"line {number} is blank"


def _of_components(content: bytes) -> Iterator[str]:
    open_: list[_Component] = []
    seen: Counter[str] = Counter()
    for line in content.replace(b"\r\n ", b"").decode("utf-8", "replace").split("\r\n")[:-1]:
        found = _LINE.fullmatch(line)
        if not found:
            yield f"no content line: {line[:60]!r}"
            continue
        name, value = found["name"], found["value"]
        if name == "BEGIN":
            around = open_[-1].name if open_ else ""
            if _INSIDE.get(value) != around:
                yield f"{value} inside {around or 'nothing'}"
            open_.append(_Component(value))
        elif not open_:
            yield f"{name} outside of everything"
        elif name == "END":
            yield from _closed(open_.pop(), value, seen)
        else:
            open_[-1].lines.append((name, found["parameters"], value))
    yield from (f"{component.name} has no end" for component in open_)
    yield from (f"{count} events of the UID {uid}" for uid, count in seen.items() if count > 1)


def _closed(component: _Component, name: str, seen: Counter[str]) -> Iterator[str]:
    if component.name != name:
        yield f"{component.name} ends as {name}"
    yield from _of_component(component)
    if component.name == "VEVENT":
        seen.update(uid for _, uid in component.values("UID"))


def _of_component(component: _Component) -> Iterator[str]:
    kind, counts = component.name, Counter(name for name, _, _ in component.lines)
    for name in sorted(_ONCE[kind]):
        if counts[name] != 1:
            yield f"{counts[name]} times {name} in {kind}"
    for name, count in counts.items():
        known = name in _ONCE[kind] | _AT_MOST_ONCE[kind] | _MANY[kind] or name.startswith("X-")
        if not known:
            yield f"{name} in {kind}"
        if count > 1 and name not in _MANY[kind]:
            yield f"{count} times {name} in {kind}"
    for name, parameters, value in component.lines:
        if name not in ("DTSTART", "DTEND") and not _VALUES.get(name, _TEXT).fullmatch(value):
            yield f"{name}: {value[:60]!r}"
        if name == "REFRESH-INTERVAL" and parameters != ";VALUE=DURATION":
            yield "REFRESH-INTERVAL without VALUE=DURATION (RFC 7986, 5.7)"
    if kind == "VEVENT":
        yield from _of_dates(component)


def _of_dates(event: _Component) -> Iterator[str]:
    [(parameters, start)] = event.values("DTSTART") or [("", "")]
    whole_day = parameters == ";VALUE=DATE"
    form = _DATE if whole_day else _UTC
    for parameters_, end in event.values("DTEND"):
        if parameters_ != parameters or not form.fullmatch(end) or not form.fullmatch(start):
            yield f"from {start}{parameters} to {end}{parameters_}"
        elif end <= start:
            yield f"it ends on {end}, before it begins on {start}"
