"""Conditional requests and content coding (RFC 9110): pure decisions about header fields."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_TAG = re.compile(rb'(?:W/)?("[^"]*")')
_Q = re.compile(rb"q\s*=\s*([01](?:\.\d{0,3})?)\s*$", re.IGNORECASE)


def matching_tag(if_none_match: bytes, ours: tuple[bytes, ...]) -> bytes | None:
    """The first of our entity tags that an If-None-Match names, weakly compared; `*` names the first of them."""
    if if_none_match in ours:  # most name the one that they have
        return if_none_match
    if if_none_match.strip() == b"*":
        return ours[0]
    named = _TAG.findall(if_none_match)
    return next((tag for tag in ours if tag in named), None)


def not_modified_since(if_modified_since: bytes, modified: datetime) -> bool:
    """Whether a copy of that date is still good. A date that cannot be read is as none at all."""
    try:
        since = parsedate_to_datetime(if_modified_since.decode("ascii"))
    except (ValueError, TypeError, OverflowError, IndexError):
        return False
    if since.tzinfo is None:  # asctime, which is in UTC too
        since = since.replace(tzinfo=UTC)
    return modified <= since


def accepts_gzip(accept_encoding: bytes) -> bool:
    """Whether gzip is acceptable and not liked less than the plain bytes."""
    if accept_encoding in (b"gzip", b"gzip, deflate", b"gzip, deflate, br"):
        return True
    weights: dict[bytes, float] = {}
    for part in accept_encoding.lower().split(b","):
        name, _, parameters = part.partition(b";")
        found = _Q.search(parameters)
        weights[name.strip()] = float(found.group(1)) if found else 1.0
    gzip = weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", 0.0)))
    return gzip > 0 and gzip >= weights.get(b"identity", 0.0)
