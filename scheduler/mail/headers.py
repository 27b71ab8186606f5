"""Header fields that are safe: nothing in a name or a title can break a line, and each decodes to what it was.

Encoded here and by the older `email` classes; `EmailMessage` drops spaces in long Vietnamese subjects.
"""

import re
import unicodedata
from collections.abc import Iterable
from email import quoprimime
from email.charset import Charset
from email.header import Header
from email.utils import formataddr
from functools import lru_cache

_SHORT = 60
_UTF8 = Charset("utf-8")
_AROUND = len("=?utf-8?b??=")
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@lru_cache(maxsize=2000)
def clean(value: str) -> str:
    """A value as one line that shows as it reads: no control characters, no half characters, no turned direction."""
    if value.isprintable():
        return " ".join(value.split())
    return " ".join("".join(map(_visible, value)).split())


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category == "Cs" or character in _OVERRIDES else character


def unstructured(value: str) -> str:
    """The value of a header such as Subject."""
    value = clean(value)
    return value if _plain(value) else phrase(value)


@lru_cache(maxsize=1000)
def phrase(value: str) -> str:
    """A value as encoded words of lawful length, cut where it has spaces: some readers show a space at each cut."""
    encoded: list[str] = []
    pending, octets, quoted = "", 0, 0
    for piece in re.findall(r"\S+ ?", clean(value)):
        more = _octets(piece)
        if pending and _AROUND + min(_base64_length(octets + more[0]), quoted + more[1]) > _SHORT:
            encoded += _words(pending)
            pending, octets, quoted = "", 0, 0
        pending, octets, quoted = pending + piece, octets + more[0], quoted + more[1]
    return " ".join([*encoded, *_words(pending)])


def _base64_length(octets: int) -> int:
    return (octets + 2) // 3 * 4


@lru_cache(maxsize=2000)
def _octets(piece: str) -> tuple[int, int]:
    """Of how many octets a piece is made, and of how many letters where they are quoted (RFC 2047, 4.2)."""
    octets = piece.encode("utf-8")
    return len(octets), quoprimime.header_length(octets)


def _words(value: str) -> list[str]:
    word = _UTF8.header_encode(value) if value else ""
    return Header(value, _UTF8, maxlinelen=_SHORT).encode(linesep="\n").split() if len(word) > _SHORT else word.split()


def mailbox(name: str, address: str) -> str:
    """An address with the name of its owner."""
    name = clean(name)
    if not name:
        return address
    return formataddr((name, address)) if _plain(name) else f"{phrase(name)} <{address}>"


def mailboxes(named: Iterable[tuple[str, str]]) -> str:
    """Addresses with names as the value of To or Cc; those that cannot stand in a header are left out."""
    return ", ".join(mailbox(name, found) for name, address in named if (found := ascii_address(address)))


def ascii_address(address: str) -> str:
    """An address in ASCII, its domain in IDNA where need be; empty if there is none that SMTP can carry."""
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    found = f"{local}@{domain}"
    lawful = local and domain and found.isascii() and found.isprintable() and not set(found) & set(' <>,;:"()[]\\')
    return found if lawful else ""


def _plain(value: str) -> bool:
    return value.isascii() and len(value) <= _SHORT and "=?" not in value
