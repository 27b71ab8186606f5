"""The checker of feeds finds what is wrong: a check that finds nothing in anything says nothing."""

from collections.abc import Callable

import pytest

from tests.feeds.clients.rfc import faults

GOOD = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//VI\r\nREFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n"
    b"BEGIN:VEVENT\r\nUID:1@x\r\nDTSTAMP:20250101T000000Z\r\nDTSTART;VALUE=DATE:20250102\r\n"
    b"DTEND;VALUE=DATE:20250103\r\nSUMMARY:a\\, b\\; c\\n\\\\\r\nSEQUENCE:0\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new)


def test_a_good_one_has_none() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (replaced(b"\r\n", b"\n"), "CR LF"),
        (replaced(b"BEGIN:VCALENDAR", b"\xef\xbb\xbfBEGIN:VCALENDAR"), "byte order mark"),
        (replaced(b"SUMMARY:", b"SUMMARY:" + b"x" * 80), "octets"),
        (replaced(b"SUMMARY:", "SUMMARY:ạ".encode()[:-1] + b"\r\n " + "ạ".encode()[-1:]), "inside a character"),
        (replaced(b"SEQUENCE:0", b"\r\nSEQUENCE:0"), "blank"),
        (replaced(b"a\\, b", b"a, b"), "SUMMARY"),
        (replaced(b"a\\, b", b"a\\x b"), "SUMMARY"),
        (replaced(b"a\\, b", b"a\x07 b"), "SUMMARY"),
        (replaced(b"UID:1@x\r\n", b""), "0 times UID"),
        (replaced(b"UID:1@x\r\n", b"UID:1@x\r\nUID:2@x\r\n"), "2 times UID"),
        (replaced(b"SEQUENCE:0\r\n", b"SEQUENCE:0\r\nSEQUENCE:1\r\n"), "2 times SEQUENCE"),
        (replaced(b"SEQUENCE:0", b"SEQUENCE:x"), "SEQUENCE"),
        (replaced(b"20250101T000000Z", b"20250101T000000"), "DTSTAMP"),
        (replaced(b"DATE:20250103", b"DATE:20250102"), "ends on"),
        (replaced(b"DTEND;VALUE=DATE:20250103", b"DTEND:20250103T000000Z"), "from"),
        (replaced(b";VALUE=DURATION", b""), "5.7"),
        (replaced(b"SEQUENCE:0", b"DUE:20250101"), "DUE in VEVENT"),
        (replaced(b"SEQUENCE:0", b"no line"), "no content line"),
        (replaced(b"END:VEVENT\r\n", b""), "ends as"),
        (replaced(b"VERSION:2.0\r\n", b""), "0 times VERSION"),
        (lambda c: c.replace(b"END:VCALENDAR\r\n", c[c.index(b"BEGIN:VEV") :]), "2 events of the UID"),
    ],
)
def test_what_is_wrong_is_found(spoil: Callable[[bytes], bytes], said: str) -> None:
    assert any(said in fault for fault in faults(spoil(GOOD))), faults(spoil(GOOD))
