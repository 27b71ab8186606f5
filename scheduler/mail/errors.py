"""One error for everything that keeps a mail from going out, and what SMTP, TLS and sockets say in clear words.

All of them are OSErrors; what is needed of SMTP's own is read off by attribute and by name.
"""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.mail.headers import clean
from scheduler.translation import Text, text

_HOSTNAME_MISMATCH = 62
_EXPIRED = 10
_CLOSING = 421
_AUTHENTICATION = (530, 534, 535, 538)


@dataclass(frozen=True)
class Refusal:
    """What a server answered about one recipient."""

    code: int
    words: str

    @property
    def permanent(self) -> bool:
        """Whether trying again will not help."""
        return self.code >= 500

    def __str__(self) -> str:
        return f"{self.code} {self.words}".strip()


class MailError(Exception):
    """Why a mail did not go out.

    `permanent`: trying again unchanged will not help. `setup`: the fault lies with the server or the configuration
    and not with this message, which can go once that is mended. `refused` has each recipient's answer, if any.
    """

    def __init__(
        self, problem: Text, permanent: bool, *, setup: bool = False, refused: Mapping[str, Refusal] | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.permanent = permanent
        self.setup = setup
        self.refused = dict(refused or {})

    def __str__(self) -> str:
        return str(self.problem)


def refusals(recipients: Mapping[str, tuple[int, bytes]]) -> dict[str, Refusal]:
    """The refused recipients as SMTP gives them, with readable words."""
    return {address: Refusal(code, reply(words)) for address, (code, words) in recipients.items()}


def reply(words: object) -> str:
    """A server's reply as one line."""
    return clean(words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words))


def hung_up(error: Exception) -> bool:
    """Whether the server ended the connection: without a word, or with a 421 (RFC 5321, 3.8)."""
    recipients = getattr(error, "recipients", None)
    if isinstance(recipients, dict):
        return bool(recipients) and all(code == _CLOSING for code, _ in recipients.values())
    return getattr(error, "smtp_code", 0) in (0, _CLOSING)


def is_timeout(error: Exception) -> bool:
    """Whether the server fell silent; then waiting is better than asking again at once."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def explain(error: OSError | UnicodeError, host: str, port: int) -> MailError:
    """An error of the connection, or of one message on it, in clear words."""
    place: dict[str, object] = {"host": host, "port": port}
    names = {c.__name__ for c in type(error).__mro__}
    recipients = getattr(error, "recipients", None)
    if isinstance(error, UnicodeError):
        problem = text("an address, the user name or the password has letters beyond ASCII, which SMTP cannot carry")
        return MailError(problem, permanent=True, setup=True)
    if isinstance(recipients, dict):
        return _nobody(refusals(recipients))
    if getattr(error, "smtp_code", None) is not None:
        return _answered(error, names, place)
    if isinstance(error, ssl.SSLError):
        return _no_trust(error, place)
    if "SMTPNotSupportedError" in names:
        problem = text(
            "the mail server {host}:{port} does not offer what is asked of it ({reason}): look at `security:` and "
            "`username:` under `mail:`",
            reason=reply(error),
            **place,
        )
        return MailError(problem, permanent=True, setup=True)
    return MailError(_unreachable(error, names, place), permanent=False, setup=True)


def _unreachable(error: OSError, names: set[str], place: Mapping[str, object]) -> Text:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return text("the mail server {host}:{port} does not answer", **place)
    if "SMTPServerDisconnected" in names or isinstance(error, ConnectionResetError | BrokenPipeError):
        return text("the mail server {host}:{port} closed the connection", **place)
    if isinstance(error, socket.gaierror):
        return text("the mail server’s name {host} is not known: look at `host:` under `mail:`", **place)
    if isinstance(error, ConnectionRefusedError):
        return text("no mail server listens at {host}:{port}: look at `host:` and `port:` under `mail:`", **place)
    return text("the mail server {host}:{port} cannot be reached: {reason}", reason=reply(error), **place)


def _no_trust(error: ssl.SSLError, place: Mapping[str, object]) -> MailError:
    if not isinstance(error, ssl.SSLCertVerificationError):
        problem = text(
            "no TLS with the mail server {host}:{port} ({reason}): `security: starttls` belongs to port 587, "
            "`security: tls` to port 465",
            reason=reply(getattr(error, "reason", None) or error),
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
            reason=reply(error.verify_message),
            **place,
        )
    return MailError(problem, permanent=True, setup=True)


def _answered(error: OSError, names: set[str], place: Mapping[str, object]) -> MailError:
    code = int(getattr(error, "smtp_code", 0))
    words = reply(getattr(error, "smtp_error", b""))
    values = {"reply": Refusal(code, words), **place}
    permanent = code >= 500
    if "5.7.30" in words:
        problem = text(
            "the mail server {host} no longer takes passwords over SMTP ({reply}): an administrator of Microsoft 365 "
            "must allow it for this mailbox, or another mail server is needed",
            **values,
        )
        return MailError(problem, permanent=True, setup=True)
    if "SMTPAuthenticationError" in names or code in _AUTHENTICATION:
        problem = text("the mail server {host} does not accept the user name or the password ({reply})", **values)
        return MailError(problem, permanent, setup=True)
    if "SMTPSenderRefused" in names:
        sender = getattr(error, "sender", "")
        problem = text("the mail server {host} does not let {sender} send mail ({reply})", sender=sender, **values)
        return MailError(problem, permanent, setup=True)
    if "SMTPDataError" in names:
        return MailError(text("the mail server {host} refused the message ({reply})", **values), permanent)
    return MailError(text("the mail server {host} refused ({reply})", **values), permanent, setup=True)


def _nobody(refused: Mapping[str, Refusal]) -> MailError:
    answers = "; ".join(f"{address}: {refusal}" for address, refusal in refused.items())
    problem = text("no recipient was accepted ({answers})", answers=answers)
    return MailError(problem, permanent=all(r.permanent for r in refused.values()), refused=refused)
