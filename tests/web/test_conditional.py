"""Header fields, decided purely."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.web.conditional import accepts_gzip, matching_tag, not_modified_since

OURS = (b'"a"', b'"a-gzip"')
MODIFIED = datetime(2025, 6, 11, 8, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        (b'"a"', b'"a"'),
        (b'W/"a"', b'"a"'),
        (b'"a-gzip"', b'"a-gzip"'),
        (b'"x", W/"a-gzip" ,"y"', b'"a-gzip"'),
        (b"*", b'"a"'),
        (b" * ", b'"a"'),
        (b'"b"', None),
        (b"a", None),
        (b'"*"', None),
        (b"", None),
        (b'"a', None),
    ],
)
def test_entity_tags_are_compared_weakly(header: bytes, tag: bytes | None) -> None:
    assert matching_tag(header, OURS) == tag


@pytest.mark.parametrize(
    ("header", "good"),
    [
        (b"Wed, 11 Jun 2025 08:30:15 GMT", True),
        (b"Wed, 11 Jun 2025 08:30:14 GMT", False),
        (b"Thu, 12 Jun 2025 00:00:00 GMT", True),
        (b"Wednesday, 11-Jun-25 08:30:15 GMT", True),
        (b"Wed Jun 11 08:30:15 2025", True),
        (b"Wed Jun 11 08:30:14 2025", False),
        (b"yesterday", False),
        (b"2025-06-12", False),
        (b"Wed, 31 Feb 2026 00:00:00 GMT", False),
        (b"Wed, 11 Jun 99999999999999999999 00:00:00 GMT", False),
        (b"\xe1\xbb\x87", False),
        (b"", False),
    ],
)
def test_a_date_that_cannot_be_read_is_none(header: bytes, good: bool) -> None:
    assert not_modified_since(header, MODIFIED) is good


@pytest.mark.parametrize(
    ("header", "yes"),
    [
        (b"gzip", True),
        (b"gzip, deflate, br", True),
        (b"GZIP", True),
        (b"x-gzip", True),
        (b"br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        (b"*", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000", False),
        (b"gzip;q=0.3, identity;q=0.9", False),
        (b"gzip, identity;q=0", True),
        (b"*;q=0", False),
        (b"identity", False),
        (b"br", False),
        (b"", False),
    ],
)
def test_gzip_where_it_is_wanted(header: bytes, yes: bool) -> None:
    assert accepts_gzip(header) is yes


@given(st.binary(max_size=60))
def test_no_header_breaks_anything(header: bytes) -> None:
    assert matching_tag(header, OURS) in (None, *OURS)
    assert not_modified_since(header, MODIFIED) in (True, False)
    assert accepts_gzip(header) in (True, False)


@given(st.lists(st.sampled_from(["Wed,", "11", "Jun", "2025", "08:30:15", "GMT", "+9999", "-", ":", "0"]), max_size=8))
def test_no_date_breaks_anything(words: list[str]) -> None:
    assert not_modified_since(" ".join(words).encode(), MODIFIED) in (True, False)
