"""One error for everything that keeps a mail from going out, and what SMTP, TLS and sockets say in clear words.

All of them are OSErrors; what is needed of SMTP's own is read off by attribute and by name.
"""

import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from scheduler.mail.headers import clean
from scheduler.translation import Text, text

_HOSTNAME_MISMATCH = 62
_EXPIRED = 10
_AUTHENTICATION = (530, 534, 535, 538)
_POLICY = re.compile(r"\b5\.7\.\d|\brelay", re.IGNORECASE)


@dataclass(frozen=True)
class Refusal:
    """What a server answered to a command, such as one that names a recipient."""

    code: int
    words: str

    @classmethod
    def of(cls, reply: tuple[int, bytes]) -> Self:
        """A reply as SMTP gives it, with readable words."""
        return cls(reply[0], one_line(reply[1]))

    @property
    def positive(self) -> bool:
        """Whether it is none at all; the first digit tells (RFC 5321, 4.2.1)."""
        return self.code // 100 == 2

    @property
    def permanent(self) -> bool:
        """Whether trying again will not help."""
        return self.code >= 500

    @property
    def of_policy(self) -> bool:
        """Whether it speaks of rules (x.7.x in RFC 3463; relaying), which change, and not of the address itself."""
        return self.permanent and bool(_POLICY.search(self.words))

    @property
    def closes(self) -> bool:
        """Whether the server ends the connection with it (RFC 5321, 3.8)."""
        return self.code == 421

    def __str__(self) -> str:
        return f"{self.code} {self.words}".strip()


class MailError(Exception):
    """Why a mail did not go out.

    `permanent`: trying again unchanged will not help. `setup`: the fault lies with the server or the configuration
    and not with this message, which can go once that is mended. `refused` has each recipient's answer, if any.
    `hung_up`: the server ended the connection. `silent`: it fell silent, and asking again at once is no use.
    """

    def __init__(
        self,
        problem: Text,
        permanent: bool,
        *,
        setup: bool = False,
        refused: Mapping[str, Refusal] | None = None,
        hung_up: bool = False,
        silent: bool = False,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.permanent = permanent
        self.setup = setup
        self.refused = dict(refused or {})
        self.hung_up = hung_up
        self.silent = silent

    def __str__(self) -> str:
        return str(self.problem)


def one_line(words: object) -> str:
    """A server's reply as one line."""
    return clean(words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words))


def nobody_accepted(refused: Mapping[str, Refusal]) -> MailError:
    """All recipients were refused."""
    answers = "; ".join(f"{address}: {refusal}" for address, refusal in refused.items())
    problem = text("no recipient was accepted ({answers})", answers=answers)
    permanent = all(refusal.permanent for refusal in refused.values())
    closes = all(refusal.closes for refusal in refused.values())
    return MailError(problem, permanent, refused=refused, hung_up=closes)


def sender_refused(answer: Refusal, sender: str, host: str) -> MailError:
    """MAIL was refused: whoever we are, and not this message."""
    problem = _of_login(answer, host) or text(
        "the mail server {host} does not let {sender} send mail ({reply})", sender=sender, reply=answer, host=host
    )
    return MailError(problem, answer.permanent, setup=True, hung_up=answer.closes)


def message_refused(answer: Refusal, host: str) -> MailError:
    """DATA was refused, or the message after it."""
    if problem := _of_login(answer, host):
        return MailError(problem, answer.permanent, setup=True)
    problem = text("the mail server {host} refused the message ({reply})", reply=answer, host=host)
    return MailError(problem, answer.permanent, hung_up=answer.closes)


def explain(error: OSError | UnicodeError, host: str, port: int) -> MailError:
    """An error of the connection, or of one message on it, in clear words."""
    place: dict[str, object] = {"host": host, "port": port}
    names = {c.__name__ for c in type(error).__mro__}
    if isinstance(error, UnicodeError):
        problem = text("an address, the user name or the password has letters beyond ASCII, which SMTP cannot carry")
        return MailError(problem, permanent=True, setup=True)
    if getattr(error, "smtp_code", None) is not None:
        return _answered(error, names, host)
    if isinstance(error, ssl.SSLError):
        return _no_trust(error, place)
    if "SMTPNotSupportedError" in names:
        problem = text(
            "the mail server {host}:{port} does not offer what is asked of it ({reason}): look at `security:` and "
            "`username:` under `mail:`",
            reason=one_line(error),
            **place,
        )
        return MailError(problem, permanent=True, setup=True)
    # Of a server that falls silent the library says that it ended the connection, and names the cause beside.
    silent = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    problem = _unreachable(error, names, place, silent=silent)
    return MailError(problem, permanent=False, setup=True, hung_up=not silent, silent=silent)


def _unreachable(error: OSError, names: set[str], place: Mapping[str, object], *, silent: bool) -> Text:
    if silent:
        return text("the mail server {host}:{port} does not answer", **place)
    if "SMTPServerDisconnected" in names or isinstance(error, ConnectionResetError | BrokenPipeError):
        return text("the mail server {host}:{port} closed the connection", **place)
    if isinstance(error, socket.gaierror):
        return text("the mail server’s name {host} is not known: look at `host:` under `mail:`", **place)
    if isinstance(error, ConnectionRefusedError):
        return text("no mail server listens at {host}:{port}: look at `host:` and `port:` under `mail:`", **place)
    return text("the mail server {host}:{port} cannot be reached: {reason}", reason=one_line(error), **place)


def _no_trust(error: ssl.SSLError, place: Mapping[str, object]) -> MailError:
    if not isinstance(error, ssl.SSLCertVerificationError):
        problem = text(
            "no TLS with the mail server {host}:{port} ({reason}): `security: starttls` belongs to port 587, "
            "`security: tls` to port 465",
            reason=one_line(getattr(error, "reason", None) or error),
            **place,
        )
        return MailError(problem, permanent=True, setup=True)
    if error.verify_code == _HOSTNAME_MISMATCH:
        problem = text(
            "the certificate of the mail server {host} is made out to another name: write that name as `host:`", **place
        )
    elif error.verify_code == _EXPIRED:
        problem = text("the certificate of the mail server {host} has expired: it must be renewed there", **place)
    else:
        problem = text(
            "the certificate of the mail server {host} is not trusted ({reason}): name the authority that signed it "
            "as `ca_file:` under `mail:`",
            reason=one_line(error.verify_message),
            **place,
        )
    return MailError(problem, permanent=True, setup=True)


def _answered(error: OSError, names: set[str], host: str) -> MailError:
    answer = Refusal(int(getattr(error, "smtp_code", 0)), one_line(getattr(error, "smtp_error", b"")))
    if "SMTPDataError" in names:
        return message_refused(answer, host)
    problem = _of_login(answer, host)
    if not problem and "SMTPAuthenticationError" in names:
        problem = _no_login(answer, host)
    problem = problem or text("the mail server {host} refused ({reply})", reply=answer, host=host)
    return MailError(problem, answer.permanent, setup=True, hung_up=answer.closes)


def _of_login(answer: Refusal, host: str) -> Text | None:
    """What a reply says that speaks of logging in, at whatever command."""
    if "5.7.30" in answer.words:
        return text(
            "the mail server {host} no longer takes passwords over SMTP ({reply}): an administrator of Microsoft 365 "
            "must allow it for this mailbox, or another mail server is needed",
            reply=answer,
            host=host,
        )
    return _no_login(answer, host) if answer.code in _AUTHENTICATION else None


def _no_login(answer: Refusal, host: str) -> Text:
    return text(
        "the mail server {host} does not accept the user name or the password ({reply})", reply=answer, host=host
    )
