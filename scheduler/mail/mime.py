"""A message put together as bytes, part by part, without the objects of the `email` package and what they cost.

A header field that fits on its line is written as it stands. What must be folded is left to the older classes of that
package, and remembered, for most of it repeats from mail to mail; `EmailMessage` loses spaces in long Vietnamese
subjects.
"""

from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from email.policy import compat32
from functools import lru_cache

_LINE = 76
_WIRE = compat32.clone(linesep="\r\n", max_line_length=_LINE)


@dataclass(frozen=True)
class Part:
    """Header fields in their order, and a body that is encoded already."""

    fields: Sequence[tuple[str, str]]
    body: bytes

    def __bytes__(self) -> bytes:
        return b"".join((*(_field(name, value) for name, value in self.fields), b"\r\n", self.body))

    def having(self, *fields: tuple[str, str]) -> "Part":
        """The same with further header fields."""
        return Part((*self.fields, *fields), self.body)


def text_part(kind: str, words: str) -> Part:
    """A text of a kind, such as `text/plain; charset="utf-8"`, its lines ended as mail ends them."""
    return encoded(kind, words.replace("\n", "\r\n").encode("utf-8", "replace"))


def encoded(kind: str, content: bytes) -> Part:
    """Bytes as base 64."""
    fields = (("Content-Type", kind), ("Content-Transfer-Encoding", "base64"))
    return Part(fields, encodebytes(content).replace(b"\n", b"\r\n"))


def multipart(subtype: str, parts: Sequence[Part], boundary: str) -> Part:
    """Several parts as one."""
    edge = b"--" + boundary.encode("ascii")
    body = b"".join(edge + b"\r\n" + bytes(part) + b"\r\n" for part in parts) + edge + b"--\r\n"
    return Part([("Content-Type", f'multipart/{subtype}; boundary="{boundary}"')], body)


def _field(name: str, value: str) -> bytes:
    line = f"{name}: {value}"
    if len(line) < _LINE and line.isascii() and line.isprintable():
        return line.encode("ascii") + b"\r\n"
    return _folded(name, value)


@lru_cache(maxsize=1000)
def _folded(name: str, value: str) -> bytes:
    found: bytes = _WIRE.fold_binary(name, value)
    return found
