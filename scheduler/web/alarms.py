"""Alarms for those who ask for them with `?alarms=1`: one in every event, on the morning of the working day before."""

import re
from datetime import date

_EVENT = re.compile(rb"^BEGIN:VEVENT\r\n.*?(?=^END:VEVENT\r\n)", re.DOTALL | re.MULTILINE)
_START = re.compile(rb"^DTSTART(?:;VALUE=DATE)?:(\d{4})(\d\d)(\d\d)(T?)", re.MULTILINE)
_SUMMARY = re.compile(rb"^SUMMARY(?:;[^:\r\n]*)?:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", re.MULTILINE)
_CANCELLED = b"\r\nSTATUS:CANCELLED\r\n"
_ALARM = b"\r\nBEGIN:VALARM\r\n"
_FOLDED = re.compile(rb"\r\n[ \t]")
_OCTETS = 75


def with_alarms(feed: bytes) -> bytes:
    """A feed whose events, all but the cancelled ones, have a display alarm. The same bytes give the same bytes."""
    return _EVENT.sub(lambda found: _with_alarm(found.group()), feed)


def _with_alarm(event: bytes) -> bytes:
    start, summary = _START.search(event), _SUMMARY.search(event)
    if start is None or summary is None or _CANCELLED in event or _ALARM in event:
        return event
    year, month, day, timed = start.groups()
    try:
        trigger = _trigger(date(int(year), int(month), int(day)), timed=bool(timed))
    except ValueError:  # not written by us
        return event
    words = _FOLDED.sub(b"", summary.group(1))
    lines = (b"BEGIN:VALARM", b"ACTION:DISPLAY", _fold(b"DESCRIPTION:" + words), b"TRIGGER:" + trigger, b"END:VALARM")
    return event + b"".join(line + b"\r\n" for line in lines)


def _trigger(day: date, *, timed: bool) -> bytes:
    """How long before the start: 08:00 of the day before an all-day event, a whole day before an hour.

    Monday's is on Friday. A feast in between is not seen: the alarm is a convenience, the mail is the reminder.
    """
    back = {0: 3, 6: 2}.get(day.weekday(), 1)
    if timed:
        return b"-P%dD" % back
    return b"-PT16H" if back == 1 else b"-P%dDT16H" % (back - 1)


def _fold(line: bytes) -> bytes:
    """A content line in pieces of at most 75 octets, never cut inside a character (RFC 5545, 3.1)."""
    pieces: list[bytes] = []
    room = _OCTETS
    while len(line) > room:
        cut = room
        while line[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(line[:cut])
        line, room = line[cut:], _OCTETS - 1
    return b"\r\n ".join((*pieces, line))
