"""Real mail servers on this machine, as well behaved as a test wants them."""

# ruff: noqa: ARG002, N802 -- the hooks are named and called by aiosmtpd

import ssl
from asyncio import Server, sleep
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "noivu", "correct horse 1234"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Mailbox:
    """What a server was given, and how it answers: `answers` by recipient, `sender` to MAIL, `data` to a message.

    It ponders each message for `pondering` seconds, and does something (`then`) before it says that it took it. It
    hangs up when a mail begins after so many messages, when a recipient of `hang_up_on` is named, or in answer to DATA;
    over one connection it takes `most_each` messages at most, and says so only when one more begins.
    """

    answers: dict[str, str] = field(default_factory=dict)
    sender: str = "250 OK"
    data: str = "250 OK"
    pondering: float = 0.0
    then: Callable[[], None] = lambda: None
    hang_up_after: int | None = None
    hang_up_on: tuple[str, ...] = ()
    hang_up_in_data: bool = False
    mute: bool = False  # hangs up instead of saying that it took a message
    hang_up_in_reset: bool = False
    forgetful: bool = False  # of recipients, and then refuses DATA
    most_each: int | None = None
    pipelining: bool = True  # says that it takes several commands at once, as most do
    messages: list[Envelope] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    connections: int = 0
    taken: Counter[int] = field(default_factory=Counter)  # messages over each connection

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        greeting, *offers = responses  # the first line names the server
        return [greeting, "250-PIPELINING", *offers] if self.pipelining else responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.most_each is not None and self.taken[id(session)] >= self.most_each:
            self._hang_up(server)
            return "421 4.7.0 too many messages"
        if self.hang_up_after is not None and len(self.messages) >= self.hang_up_after:
            self.hang_up_after = None
            self._hang_up(server)
        if self.sender.startswith("250"):
            envelope.mail_from = address
        return self.sender

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.hang_up_on:
            self._hang_up(server)
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250") and not self.forgetful:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.hang_up_in_reset:
            self._hang_up(server)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await sleep(self.pondering)
        if self.hang_up_in_data:
            self._hang_up(server)
        elif self.data.startswith("250"):
            self.messages.append(envelope)
            self.taken[id(session)] += 1
            self.then()
            if self.mute:
                self._hang_up(server)
        return self.data

    @staticmethod
    def _hang_up(server: SMTP) -> None:
        assert server.transport is not None
        server.transport.close()

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: Any
    ) -> AuthResult:
        assert isinstance(auth_data, LoginPassword)
        self.logins.append(auth_data.login.decode())
        good = auth_data == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=good)


class SlowMailbox(Mailbox):
    """Takes a while over each message, before it keeps it and after."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await sleep(0.02)
        answer = await super().handle_DATA(server, session, envelope)
        await sleep(0.02)
        return answer


class _Listening(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def listening(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    """The port of a server that runs meanwhile."""
    controller = _Listening(mailbox, hostname="127.0.0.1", port=0, **options)
    controller.start()
    mailbox.connections = 0
    try:
        yield controller.port
    finally:
        controller.stop()


def starttls(context: ssl.SSLContext, mailbox: Mailbox | None = None) -> dict[str, Any]:
    """The options of a server that wants STARTTLS, and a login where it has a mailbox to ask."""
    options: dict[str, Any] = {"tls_context": context, "require_starttls": True}
    if mailbox is not None:
        authenticator: Callable[..., AuthResult] = mailbox.authenticate
        options |= {"auth_required": True, "authenticator": authenticator}
    return options


@dataclass(frozen=True)
class Authority:
    """Somebody who signs certificates, and the file by which to trust them."""

    ca: trustme.CA
    file: Path

    @classmethod
    def in_folder(cls, folder: Path) -> "Authority":
        ca = trustme.CA()
        ca.cert_pem.write_to_path(folder / "ca.pem")
        return cls(ca, folder / "ca.pem")

    def context(self, name: str = "localhost", *, expired: bool = False) -> ssl.SSLContext:
        """What a server of that name shows."""
        certificate = self.ca.issue_cert(name, not_after=LONG_AGO) if expired else self.ca.issue_cert(name)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        return context
