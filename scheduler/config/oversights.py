"""What is no mistake and is hardly meant so: settings that do nothing, dates that lie beside their period."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from scheduler.config.gather import Draft
from scheduler.config.parts import Placed, PlanDraft
from scheduler.config.problems import ON_KEY, Path_, Problem, WrongError
from scheduler.config.settings import beside, is_loopback, password_in
from scheduler.deadlines.obligations import ObligationReader, readers_of
from scheduler.deadlines.periods import Period, Span
from scheduler.deadlines.plans import Due, Register
from scheduler.deadlines.rules import Anchor, Dated, EndOf, OnDate, Yearly, YearOf
from scheduler.translation import Text, text

_LONG_AFTER = timedelta(days=120)
_PASSWORD_FILE: Path_ = ("mail", "password_file")


def oversights(draft: Draft, bare: Register, environment: Mapping[str, str]) -> Iterator[Problem]:
    """All of them, as warnings; `bare` is a register without units and plans."""
    yield from _settings(draft, environment)
    yield from _successors(draft)
    for plan in draft.plans.values():
        yield from plan.ask(odd_dates, bare)


def warning(placed: Placed[object], path: Path_, problem: Text, advice: Text) -> Problem:
    """A warning about what stands at a path."""
    return replace(placed.problem(WrongError(problem, advice, path)), severity="warning")


def _settings(draft: Draft, environment: Mapping[str, str]) -> Iterator[Problem]:
    if draft.settings_source is None:
        return
    place, file = Placed(draft.settings, draft.settings_source, ()), draft.settings
    if password_in(file.database):
        problem = text("the address of the database holds a password")
        yield warning(place, ("database",), problem, text("take it out, and put it into ~/.pgpass or $PGPASSWORD"))
    url = urlsplit(file.public_url)
    port = url.port or (443 if url.scheme == "https" else 80)
    if url.hostname and is_loopback(url.hostname) and port != file.web.port:
        problem = text(
            "people reach {public_url}, but the pages are served on port {port}",
            public_url=file.public_url,
            port=file.web.port,
        )
        yield warning(place, ("public_url",), problem, text("write the same port in “public_url” and in “web”"))
    if file.mail and file.mail.password_file and not _password_elsewhere(environment):
        found = _wrong_password_file(beside(draft.folder, file.mail.password_file), file.mail.password_file)
        if found:
            yield warning(place, _PASSWORD_FILE, *found)


def _password_elsewhere(environment: Mapping[str, str]) -> bool:
    """Whether the password is taken from where it does not need a file of its own."""
    credentials = environment.get("CREDENTIALS_DIRECTORY", "")
    given = environment.get("NHACHAN_MAIL_PASSWORD", "")
    return bool(given or (credentials and os.path.lexists(Path(credentials) / "mail.password")))


def _wrong_password_file(path: Path, written: str) -> tuple[Text, Text] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        problem = text("there is no file {path}", path=written)
        return problem, text("write the password into it, on one line (paths count from nhachan.yaml)")
    except OSError:  # whoever checks may not look there; the daemon may
        return None
    if not stat.S_ISREG(found.st_mode):
        return text("{path} is not a file", path=written), text("name a file that holds the password, on one line")
    if os.name == "posix" and found.st_mode & 0o077:
        problem = text("others can read the password in {path}", path=written)
        return problem, text("let its owner alone read it: chmod 600 {path}", path=written)
    if found.st_size == 0 or _blank(path):
        return text("{path} is empty", path=written), text("write the password into it, on one line")
    return None


def _blank(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return not file.read(4096).strip()
    except OSError:
        return False


def _successors(draft: Draft) -> Iterator[Problem]:
    for placed in draft.units.values():
        if placed.thing.successors and placed.thing.until is None:
            advice = text("write the last day it exists as `until: …`, or take “successor” out")
            yield warning(placed, ("successor", *ON_KEY), text("“successor” has no effect without “until”"), advice)


def odd_dates(draft: PlanDraft, bare: Register) -> tuple[Problem, ...]:
    """Warnings of dates that lie before their period, or long after it; once for each key of `due:`."""
    advice = text("look at key and date again")
    return tuple(
        warning(placed, ("due", due.key), found, advice)
        for placed, reader in zip(draft.obligations, readers_of(bare, draft.plan), strict=True)
        for due in reader.dues
        if (found := _beside_its_period(reader, due))
    )


def _beside_its_period(reader: ObligationReader, due: Due) -> Text | None:
    if due.key == Span.ONCE or not isinstance(due.rule, Dated):
        return None
    anchors = due.rule.anchors
    # The others are days of the period itself, or of the month after it.
    if not all(isinstance(anchor, OnDate | Yearly | EndOf) for anchor in anchors):
        return None
    years = {reader.years.first, *(year for anchor in anchors if (year := year_named(anchor)))}
    earlier_is_meant = any(year_named(a) or (isinstance(a, Yearly) and a.year is YearOf.PREVIOUS) for a in anchors)
    pairs = [pair for year in sorted(years) for pair in reader.periods(year) if pair[0] is due]
    for _, period in pairs:
        day = reader.stated(due, period)[1]
        if day is None:
            continue
        values = {"name": _name(reader, period), "day": f"{day:%d/%m/%Y}"}
        if day < period.start and not earlier_is_meant:
            return text("{name} is due {day}, before the period begins", **values)
        if day > period.end + _LONG_AFTER:
            return text("{name} is due {day}, long after the period has ended", **values)
    return None


def _name(reader: ObligationReader, period: Period) -> str:
    return f"{reader.plan.id}.{reader.obligation.id}.{period.id}"


def year_named(anchor: Anchor) -> int | None:
    """The year that stands in a date itself."""
    if isinstance(anchor, OnDate):
        return anchor.day.year
    return anchor.year if isinstance(anchor, EndOf) else None
