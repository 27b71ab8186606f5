"""The catcher: an SMTP server on this machine that keeps every mail in a Maildir, for when none may leave it.

Mails are caught where they would have left, so what an administrator sees there is what a unit would have received.
"""

import mailbox
import re
from asyncio import Server
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path
from typing import TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from scheduler.mail.errors import MailError
from scheduler.mail.headers import clean
from scheduler.mail.server import Loopback
from scheduler.translation import text

_ENVELOPE = "X-Envelope-To"
_KEY = re.compile(r"[0-9]+\.M([0-9]+)P[0-9]+Q([0-9]+)\.[^/\\:]+")
_FOLDERS = ("new", "cur")
T = TypeVar("T")


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True)
class Summary:
    """A caught mail in a list. `to` is the envelope's: everybody to whom it would have gone."""

    key: str
    subject: str
    sender: str
    to: str
    date: datetime


@dataclass(frozen=True)
class Caught(Summary):
    """A caught mail, taken apart; `source` is what was sent."""

    text: str
    html: str
    files: tuple[Attachment, ...]
    source: bytes

    @property
    def attachments(self) -> tuple[str, ...]:
        """The names of what is attached."""
        return tuple(file.name for file in self.files)


class Catcher:
    """Listens on a free port of 127.0.0.1 between `start` and `stop`; `server` is what a Connection is given."""

    def __init__(self, maildir: Path) -> None:
        self._maildir = maildir
        self._controller: _Controller | None = None

    def start(self) -> Loopback:
        """Begin to listen, and say where."""
        try:
            for folder in ("tmp", *_FOLDERS):
                (self._maildir / folder).mkdir(0o700, parents=True, exist_ok=True)
            self._maildir.chmod(0o700)  # whatever the folders in it were made by
            controller = _Controller(_Keeper(mailbox.Maildir(self._maildir)), hostname="127.0.0.1", port=0)
            controller.start()
        except (OSError, RuntimeError) as error:
            reason = clean(str(error))
            raise MailError(
                text("the catcher of mails cannot start: {reason}", reason=reason), permanent=False, setup=True
            ) from error
        self._controller = controller
        return self.server

    @property
    def server(self) -> Loopback:
        """Where it listens."""
        if self._controller is None:
            raise RuntimeError("the catcher is not started")
        return Loopback(self._controller.port)

    def stop(self) -> None:
        """Stop listening; what was caught stays."""
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    def list(self, limit: int) -> Sequence[Summary]:
        """The newest mails, newest first."""
        return caught(self._maildir, limit)

    def read(self, key: str) -> Caught | None:
        """One mail, or None where there is none of that name."""
        return read(self._maildir, key)


class _Controller(Controller):
    """A controller on whatever port is free."""

    def _trigger_server(self) -> None:
        if isinstance(self.server, Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class _Keeper:
    """Puts each message into the Maildir, whole and on the disk before the sender is told that it was taken."""

    def __init__(self, maildir: mailbox.Maildir) -> None:
        self._maildir = maildir

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        recipients = "".join(f"{_ENVELOPE}: {clean(str(address))}\r\n" for address in envelope.rcpt_tos)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            self._maildir.add(recipients.encode("utf-8", "replace") + content)
        except OSError as error:
            return f"451 4.3.0 {clean(str(error.strerror)).encode('ascii', 'replace').decode()}"
        return "250 2.0.0 caught"


def caught(maildir: Path, limit: int = 100) -> Sequence[Summary]:
    """The newest mails of a Maildir, newest first."""
    files = sorted(_files(maildir), key=lambda file: _age(file.name), reverse=True)
    found = []
    for file in files[:limit]:
        try:
            found.append(_summary(file))
        except FileNotFoundError:  # removed meanwhile
            continue
    return found


def read(maildir: Path, key: str) -> Caught | None:
    """A mail by its key, or None if there is no such. A key is one of the Maildir's own or nothing."""
    file = next((f for f in _files(maildir) if _key(f) == key), None)
    if file is None:
        return None
    stored = file.read_bytes()
    try:
        message = BytesParser(policy=policy.default).parsebytes(stored)
        parts = [part for part in message.walk() if not part.is_multipart()]
    except Exception:  # noqa: BLE001 -- Python's parser has many ways to fail at odd mails; the bytes are there to see
        plain = _whole(_sent(stored).decode("utf-8", "replace"))
        return Caught(*_headers(key, EmailMessage()), plain, "", (), _sent(stored))
    texts: dict[str, str] = {}
    files = []
    for part in parts:
        kind, name = _asked(part.get_content_type, "text/plain"), _asked(part.get_filename, None)
        if name or kind not in ("text/plain", "text/html") or kind in texts:
            files.append(Attachment(clean(name or kind), clean(kind), _bytes(part)))
        else:
            texts[kind] = _decoded(part)
    plain, html = texts.get("text/plain", ""), texts.get("text/html", "")
    return Caught(*_headers(key, message), plain, html, tuple(files), _sent(stored))


def _summary(file: Path) -> Summary:
    with file.open("rb") as content:
        try:
            message = BytesHeaderParser(policy=policy.default).parse(content)
        except Exception:  # noqa: BLE001 -- as in `read`
            message = EmailMessage()
    return Summary(*_headers(_key(file), message))


def _files(maildir: Path) -> Iterable[Path]:
    for folder in _FOLDERS:
        if (maildir / folder).is_dir():
            yield from (f for f in (maildir / folder).iterdir() if _KEY.fullmatch(_key(f)))


def _key(file: Path) -> str:
    """A Maildir file's name without the flags that a mail program adds."""
    return file.name.partition(":")[0]


def _age(name: str) -> tuple[int, int, int]:
    match = _KEY.match(name)
    return (int(name.partition(".")[0]), int(match[1]), int(match[2])) if match else (0, 0, 0)


def _headers(key: str, message: EmailMessage) -> tuple[str, str, str, str, datetime]:
    def header(name: str) -> str:
        return _asked(lambda: clean(str(message[name] or "")), "")

    recipients = _asked(lambda: ", ".join(clean(str(address)) for address in message.get_all(_ENVELOPE, ())), "")
    return key, header("Subject"), header("From"), recipients, _date(key, message)


def _date(key: str, message: EmailMessage) -> datetime:
    """When a mail was made, as it says, else when it came. A year that no office is in could not be shown at all."""
    date = _asked(lambda: message["Date"].datetime, None)
    if isinstance(date, datetime) and date.tzinfo is not None and 1970 < date.year < 3000:
        return date
    return _asked(lambda: datetime.fromtimestamp(_age(key)[0], UTC), datetime.fromtimestamp(0, UTC))


def _asked(question: Callable[[], T], otherwise: T) -> T:
    """What a mail answers. Python's own reading of headers fails at odd ones, in ways that change with each release."""
    try:
        return question()
    except Exception:  # noqa: BLE001 -- see above
        return otherwise


def _sent(stored: bytes) -> bytes:
    """A message without the lines that the catcher put before it."""
    while stored.startswith(f"{_ENVELOPE}: ".encode()):
        stored = stored.partition(b"\n")[2]
    return stored


def _bytes(part: EmailMessage) -> bytes:
    content: object = _asked(lambda: part.get_payload(decode=True), None)
    return content if isinstance(content, bytes) else b""


def _decoded(part: EmailMessage) -> str:
    content = _bytes(part)
    charset = _asked(lambda: part.get_content_charset("utf-8"), "utf-8")
    return _whole(_asked(lambda: content.decode(charset, "replace"), content.decode("utf-8", "replace")))


def _whole(words: str) -> str:
    """Words that can be shown: some encodings give half characters, and no page can hold those."""
    return words.encode("utf-8", "replace").decode().replace("\r\n", "\n")
