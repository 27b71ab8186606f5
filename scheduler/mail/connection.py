"""The connection to the mail server: yagmail's, verified, logged in once for a batch, opened again when it was lost.

Only yagmail's connecting is used. Its `send` logs in anew for every mail, sleeps, and swallows failures. A message goes
command by command, because the moment before the message is ours: until then everything can be taken back.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import yagmail

from scheduler.mail.errors import (
    OUT_OF_STEP,
    MailError,
    Refusal,
    explain,
    message_refused,
    nobody_accepted,
    sender_refused,
)
from scheduler.mail.headers import ascii_address
from scheduler.mail.server import Server, client_of

__all__ = ["AT_LEISURE", "TAKEN", "Connection", "MailError"]

_WITH_SOMEBODY_WAITING = 30.0
AT_LEISURE = 300.0
"""Seconds to wait for a server's reply (RFC 5321, 4.5.3.2): a busy one makes callers wait."""
TAKEN = 600.0
"""Seconds to wait for the reply to the message itself (RFC 5321, 4.5.3.2.6). Who gives up sooner sends twice what the
server has taken: an Exchange server, for one, holds that reply back for 30 seconds (`MaxAcknowledgementDelay`)."""
_GOODBYE = 5.0  # seconds; a server that does not answer to QUIT has the mails all the same
_GO_ON = 354  # the answer to DATA
_UNREADABLE = Refusal(553, "5.1.3 not an address that SMTP can carry")


@dataclass
class Connection:
    """A connection for a batch of mails; a context manager. It opens when the first mail is sent."""

    server: Server
    password: str = field(default="", repr=False)
    timeout: float = _WITH_SOMEBODY_WAITING
    taken: float = TAKEN
    in_data: bool = field(default=False, init=False)
    """Whether the server is being given a message just now: whoever breaks off cannot know whether it was taken."""
    _client: yagmail.Client | None = field(default=None, init=False, repr=False)
    _refused: dict[str, Refusal] = field(default_factory=dict, init=False, repr=False)  # of the message in hand
    _carried: int = field(default=0, init=False, repr=False)  # mails that went over the connection that is open

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, sender: str, recipients: Sequence[str], message: bytes) -> dict[str, Refusal]:
        """Send one message; returns the recipients that were refused, while others were accepted.

        Raises a MailError when nobody was accepted, or the message did not go out for another reason.
        """
        self.begin(sender, recipients, message)
        return self.answer()

    def begin(
        self, sender: str, recipients: Sequence[str], message: bytes, go_ahead: Callable[[], bool] = lambda: True
    ) -> bool:
        """Give the server one message; what it says to it, `answer` tells. A MailError as of `send`.

        `go_ahead` is asked once recipients are accepted; False, and nothing sent, where it is false.
        """
        wanted = {found: address for address in recipients if (found := ascii_address(address))}
        refused = {address: _UNREADABLE for address in recipients if not ascii_address(address)}
        if not wanted:
            raise nobody_accepted(refused)
        while True:
            client = self._ready()
            try:
                answers = self._converse(client.smtp, sender, list(wanted), message, go_ahead)
            except MailError as error:
                carried = self._carried
                self._drop_after(error)
                if error.hung_up and carried:
                    continue  # some servers take only so many mails over one connection
                raise
            if answers is None:
                return False
            self._refused = refused | {wanted[a]: refusal for a, refusal in answers.items()}
            return True

    def answer(self) -> dict[str, Refusal]:
        """What the server says to the message that it was given; as `send`."""
        server, client = self.server, self._ready()
        try:
            answer = Refusal.of(client.smtp.getreply())
            if not answer.positive:
                self._reset(client.smtp)
                raise message_refused(answer, server.host)
        except OSError as found:
            error = explain(found, server.host, server.port, in_hand=True)
            self._drop_after(error)
            raise error from found
        except MailError as error:
            self._drop_after(error)
            raise
        finally:
            self._end_of_data(client.smtp)
        self._carried += 1
        return self._refused

    def _drop_after(self, error: MailError) -> None:
        if error.hung_up or error.silent:
            self._drop()

    def _converse(
        self, smtp: Any, sender: str, recipients: Sequence[str], message: bytes, go_ahead: Callable[[], bool]
    ) -> dict[str, Refusal] | None:
        """A mail transaction (RFC 5321, 3.3) up to the answer to the message itself."""
        host, to_data = self.server.host, None
        try:
            first, *answers = self._ask(smtp, sender, recipients, len(message))
            if len(answers) > len(recipients):
                to_data = answers.pop()
            if not first.positive:
                self._take_back(smtp, to_data)
                raise sender_refused(first, sender, host)
            refused = {to: answer for to, answer in zip(recipients, answers, strict=False) if not answer.positive}
            for recipient, answer in refused.items():
                if answer.ends:
                    raise nobody_accepted({recipient: answer})
            if len(refused) == len(recipients):
                self._take_back(smtp, to_data)
                raise nobody_accepted(refused)
            if not go_ahead():
                self._take_back(smtp, to_data)
                return None
            self._give(smtp, message, to_data or Refusal.of(smtp.docmd("DATA")))
        except (OSError, UnicodeError) as error:
            raise explain(error, host, self.server.port, in_hand=True) from error
        return refused

    @staticmethod
    def _ask(smtp: Any, sender: str, recipients: Sequence[str], size: int) -> list[Refusal]:
        """What the server answers to MAIL and to each RCPT; where it takes commands together (RFC 2920), to DATA too.

        The answers end with one after which no other is to be had.
        """
        together = smtp.has_extn("pipelining")
        option = f" SIZE={size}" if smtp.has_extn("size") else ""
        commands = [f"MAIL FROM:<{sender}>{option}\r\n", *(f"RCPT TO:<{recipient}>\r\n" for recipient in recipients)]
        if together:
            commands.append("DATA\r\n")
            smtp.send("".join(commands))
        answers: list[Refusal] = []
        for command in commands:
            if not together:
                smtp.send(command)
            answers.append(Refusal.of(smtp.getreply()))
            if answers[0].ends or not (answers[0].positive or together) or (answers[0].positive and answers[-1].ends):
                break  # but answers that are on their way after a refused MAIL are taken in
        return answers

    def _give(self, smtp: Any, message: bytes, to_data: Refusal) -> None:
        """The message, where the answer to DATA was that it may come."""
        if to_data.code != _GO_ON:
            self._reset(smtp)
            answer = Refusal(OUT_OF_STEP, str(to_data)) if to_data.positive else to_data
            raise message_refused(answer, self.server.host)
        self.in_data = True
        smtp.sock.settimeout(self.taken)
        try:
            smtp.send(_dotted(message))
        except BaseException:
            self._end_of_data(smtp)
            raise

    def _end_of_data(self, smtp: Any) -> None:
        self.in_data = False
        if smtp.sock is not None:
            smtp.sock.settimeout(self.timeout)

    def _take_back(self, smtp: Any, to_data: Refusal | None) -> None:
        """Have the server forget the mail. Where it waits for the message already, only hanging up gives it none."""
        if to_data and to_data.code == _GO_ON:
            self._drop()
        else:
            self._reset(smtp)

    @staticmethod
    def _reset(smtp: Any) -> None:
        with suppress(OSError):  # a connection that is lost shows itself before the next mail
            smtp.rset()

    def open(self) -> None:
        """Connect and log in, unless that is done."""
        self._ready()

    def close(self) -> None:
        """Take leave of the server. Never fails."""
        smtp = self._client.smtp if self._client is not None else None
        if smtp is not None and smtp.sock is not None:  # which it is no more where a reset found nobody
            with suppress(OSError):
                smtp.sock.settimeout(_GOODBYE)
                smtp.quit()
        self._drop()

    def _ready(self) -> yagmail.Client:
        if self._client is not None:
            return self._client
        self._client = client = client_of(self.server, self.password, self.timeout)
        try:
            client.login()
            client.smtp.ehlo_or_helo_if_needed()  # without a login nobody has said hello yet
        except Exception as error:
            # Whatever it was (ValueError, say, for a challenge that is none): nothing goes out without the login.
            self._drop()
            raise explain(error, self.server.host, self.server.port) from error
        return client

    def _drop(self) -> None:
        client, self._client, self._carried = self._client, None, 0
        if client is not None:
            client.is_closed = True  # else its __del__ would talk to the server once more
            if client.smtp is not None:
                client.smtp.close()


def _dotted(message: bytes) -> bytes:
    """A message as it stands after DATA: ended by a dot, and another before each that begins a line (RFC 5321, 4.5.2).

    The library's own `data` looks for them in a way that costs more than all the rest of the dialogue.
    """
    dotted = (b"\n" + message).replace(b"\n.", b"\n..")[1:]
    return dotted + (b".\r\n" if dotted.endswith(b"\r\n") else b"\r\n.\r\n")
