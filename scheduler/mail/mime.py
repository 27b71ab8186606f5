"""A message put together as bytes, part by part, without the objects of the `email` package and what they cost.

A header field is folded where it has spaces; `EmailMessage` loses some in long Vietnamese subjects.
"""

from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass

_LINE = 76


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
    letters = b2a_base64(content, newline=False)
    return Part(fields, b"\r\n".join([*(letters[n : n + _LINE] for n in range(0, len(letters), _LINE)), b""]))


def multipart(subtype: str, parts: Sequence[Part], boundary: str) -> Part:
    """Several parts as one."""
    edge = b"--" + boundary.encode("ascii")
    body = b"".join(edge + b"\r\n" + bytes(part) + b"\r\n" for part in parts) + edge + b"--\r\n"
    return Part([("Content-Type", f'multipart/{subtype}; boundary="{boundary}"')], body)


def _field(name: str, value: str) -> bytes:
    line = f"{name}: {value}"
    if not (line.isascii() and line.isprintable()):
        raise ValueError(f"{name} is not encoded: {value!r}")
    return (line if len(line) < _LINE else _folded(line)).encode("ascii") + b"\r\n"


def _folded(line: str) -> str:
    """A line as several, each as long as it may be; what follows the first begins with the space it was parted at."""
    parts: list[str] = []
    while len(line) > _LINE and (end := line.rfind(" ", 1, _LINE + 1)) > 0:
        parts.append(line[:end] if parts or line[end - 1] != ":" else f"{line[:end]} ")
        line = line[end:]
    return "\r\n".join((*parts, line))
