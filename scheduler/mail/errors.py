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
_CLOSING, OUT_OF_STEP = 421, 503
_AUTHENTICATION = (530, 534, 535, 538)
_OF_ADDRESS = (550, 551, 553, 554)
_STATUS = re.compile(r"\b5\.(\d{1,3})\.\d{1,3}\b")
_RELAYING = re.compile(r"\brelay", re.IGNORECASE)
_NO_PASSWORDS = re.compile(r"5\.7\.(?:30|139)\b")  # Exchange Online: at all; for the tenant or the mailbox
_AT_MOST = 400  # characters kept of a reply


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
        return 500 <= self.code < 600 and not self.ends

    @property
    def of_address(self) -> bool:
        """Whether it speaks of the address itself, and not of rules or the server's state, which are others tomorrow.

        By the enhanced status where there is one (RFC 3463: x.1.x, and x.2.1 for a mailbox that is closed).
        """
        if status := _STATUS.search(self.words):
            return self.permanent and (status[1] == "1" or status[0].endswith(".2.1"))
        return self.code in _OF_ADDRESS and not _RELAYING.search(self.words)

    @property
    def ends(self) -> bool:
        """Whether the dialogue cannot go on: the server closes (RFC 5321, 3.8), or it and we are out of step."""
        return self.code in (_CLOSING, OUT_OF_STEP) or not (self.positive or 400 <= self.code < 600)

    def __str__(self) -> str:
        return f"{self.code} {self.words}".strip()


class MailError(Exception):
    """Why a mail did not go out.

    `permanent`: trying again unchanged will not help. `setup`: the fault lies with the server or the configuration
    and not with this message, which can go once that is mended; `login`: with who we say we are, and a server locks out
    who insists. `refused` has each recipient's answer, if any. `hung_up`: the dialogue was ended. `silent`: the server
    fell silent, and asking again at once is no use.
    """

    def __init__(
        self,
        problem: Text,
        permanent: bool,
        *,
        setup: bool = False,
        login: bool = False,
        refused: Mapping[str, Refusal] | None = None,
        hung_up: bool = False,
        silent: bool = False,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.permanent = permanent
        self.setup = setup
        self.login = login
        self.refused = dict(refused or {})
        self.hung_up = hung_up
        self.silent = silent

    def __str__(self) -> str:
        return str(self.problem)


def one_line(words: object) -> str:
    """A server's reply as one line, and no long one."""
    found = words[: 4 * _AT_MOST].decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    found = clean(found[: 2 * _AT_MOST])
    return found if len(found) <= _AT_MOST else f"{found[: _AT_MOST - 1]}…"


def nobody_accepted(refused: Mapping[str, Refusal]) -> MailError:
    """All recipients were refused."""
    answers = "; ".join(f"{address}: {refusal}" for address, refusal in refused.items())
    problem = text("no recipient was accepted ({answers})", answers=answers)
    permanent = all(refusal.permanent for refusal in refused.values())
    ended = any(refusal.ends for refusal in refused.values())
    login = all(refusal.code in _AUTHENTICATION for refusal in refused.values())
    return MailError(problem, permanent, setup=login, login=login, refused=refused, hung_up=ended)


def sender_refused(answer: Refusal, sender: str, host: str) -> MailError:
    """MAIL was refused: whoever we are, and not this message."""
    if error := _of_login(answer, host):
        return error
    problem = text(
        "the mail server {host} does not let {sender} send mail ({reply})", sender=sender, reply=answer, host=host
    )
    return MailError(problem, answer.permanent, setup=True, hung_up=answer.ends)


def message_refused(answer: Refusal, host: str) -> MailError:
    """DATA was refused, or the message after it."""
    if error := _of_login(answer, host):
        return error
    problem = text("the mail server {host} refused the message ({reply})", reply=answer, host=host)
    return MailError(problem, answer.permanent, hung_up=answer.ends)


def explain(error: Exception, host: str, port: int, *, in_hand: bool = False) -> MailError:
    """An error of the connection, or (`in_hand`) of one message on it, in clear words."""
    place: dict[str, object] = {"host": host, "port": port}
    names = {c.__name__ for c in type(error).__mro__}
    if isinstance(error, UnicodeError):
        problem = text("an address, the user name or the password has letters beyond ASCII, which SMTP cannot carry")
        return MailError(problem, permanent=True, setup=True)
    if getattr(error, "smtp_code", None) is not None:
        return _answered(error, names, host, in_hand=in_hand)
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
    if not isinstance(error, OSError):  # of a login that makes no sense
        return MailError(_refused(Refusal(0, one_line(error)), host), permanent=False, setup=True)
    # Of a server that falls silent the library says that it ended the connection, and names the cause beside.
    silent = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    problem = _unreachable(error, names, place, silent=silent)
    return MailError(problem, permanent=False, setup=not in_hand, hung_up=not silent, silent=silent)


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


def _answered(error: Exception, names: set[str], host: str, *, in_hand: bool) -> MailError:
    answer = Refusal(int(getattr(error, "smtp_code", 0)), one_line(getattr(error, "smtp_error", b"")))
    if type(error).__name__ == "SMTPResponseException":  # a line without an end; the library has hung up
        return MailError(_refused(answer, host), permanent=False, setup=not in_hand, hung_up=True)
    if error_of_login := _of_login(answer, host, logging_in="SMTPAuthenticationError" in names):
        return error_of_login
    return MailError(_refused(answer, host), answer.permanent, setup=True, hung_up=answer.ends)


def _refused(answer: Refusal, host: str) -> Text:
    return text("the mail server {host} refused ({reply})", reply=answer, host=host)


def _of_login(answer: Refusal, host: str, *, logging_in: bool = False) -> MailError | None:
    """What a reply says that speaks of logging in, at whatever command."""
    if _NO_PASSWORDS.search(answer.words):
        problem = text(
            "the mail server {host} no longer takes passwords over SMTP ({reply}): an administrator of Microsoft 365 "
            "must allow it for this mailbox, or another mail server is needed",
            reply=answer,
            host=host,
        )
    elif logging_in or answer.code in _AUTHENTICATION:
        problem = text(
            "the mail server {host} does not accept the user name or the password ({reply})", reply=answer, host=host
        )
    else:
        return None
    return MailError(problem, answer.permanent, setup=True, login=True, hung_up=answer.ends)
