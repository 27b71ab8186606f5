import ssl
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from socket import create_server, socket

import pytest

from scheduler.mail.connection import Connection, MailError
from scheduler.mail.errors import Refusal, explain
from scheduler.mail.password import read_password
from scheduler.mail.server import Loopback
from tests.mail.servers import PASSWORD, USER, Authority, Mailbox, listening, starttls

SENDER, UNIT, LEAD = "noivu@tuangiao.example", "xa2@tuangiao.example", "chutich@tuangiao.example"
MESSAGE = b"Subject: x\r\n\r\n.a line that begins with a dot\r\n.\r\n..\r\n"


@dataclass(frozen=True)
class Configured:
    """A server as the configuration describes it."""

    port: int
    host: str = "localhost"
    security: str = "none"
    username: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None


@pytest.fixture(params=[False, True], ids=["one by one", "together"])
def mailbox(request: pytest.FixtureRequest) -> Mailbox:
    """A server that answers to one command at a time, and one that takes several together."""
    return Mailbox(pipelining=request.param)


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    with listening(mailbox) as port:
        yield port


def failure(connection: Connection, *recipients: str) -> MailError:
    with connection, pytest.raises(MailError) as caught:
        connection.send(SENDER, recipients or (UNIT,), MESSAGE)
    assert caught.value.problem.render("vi") != str(caught.value)
    return caught.value


def test_a_message_arrives_as_it_is(port: int, mailbox: Mailbox) -> None:
    with Connection(Loopback(port)) as connection:
        assert connection.send(SENDER, [UNIT, LEAD], MESSAGE) == {}
    (envelope,) = mailbox.messages
    assert (envelope.mail_from, envelope.rcpt_tos, envelope.content) == (SENDER, [UNIT, LEAD], MESSAGE)


def test_a_batch_takes_one_connection(port: int, mailbox: Mailbox) -> None:
    with Connection(Loopback(port)) as connection:
        for _ in range(3):
            connection.send(SENDER, [UNIT], MESSAGE)
    assert (len(mailbox.messages), mailbox.connections) == (3, 1)


def test_starttls_and_one_login_for_a_batch(authority: Authority, mailbox: Mailbox) -> None:
    with listening(mailbox, **starttls(authority.context(), mailbox)) as port:
        server = Configured(port, security="starttls", username=USER, ca_file=authority.file)
        with Connection(server, PASSWORD) as connection:
            connection.send(SENDER, [UNIT], MESSAGE)
            connection.send(SENDER, [UNIT], MESSAGE)
    assert len(mailbox.messages) == 2
    assert mailbox.logins == [USER], "the user name goes as it is, without @gmail.com, and once"


def test_implicit_tls(authority: Authority, mailbox: Mailbox) -> None:
    with (
        listening(mailbox, ssl_context=authority.context()) as port,
        Connection(Configured(port, security="tls", ca_file=authority.file)) as connection,
    ):
        connection.send(SENDER, [UNIT], MESSAGE)
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_expired_certificate_is_refused(authority: Authority, mailbox: Mailbox, security: str) -> None:
    context = authority.context(expired=True)
    options = {"ssl_context": context} if security == "tls" else starttls(context)
    with listening(mailbox, **options) as port:
        error = failure(Connection(Configured(port, security=security, ca_file=authority.file)))
    assert "has expired" in str(error)
    assert (error.permanent, error.setup) == (True, True)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    authority: Authority, mailbox: Mailbox, security: str
) -> None:
    context = authority.context()
    options = {"ssl_context": context} if security == "tls" else starttls(context)
    with listening(mailbox, **options) as port:
        error = failure(Connection(Configured(port, security=security)))
    assert "is not trusted" in str(error)
    assert "`ca_file:`" in str(error)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_another_host_is_refused(authority: Authority, mailbox: Mailbox, security: str) -> None:
    context = authority.context("mail.elsewhere.example")
    options = {"ssl_context": context} if security == "tls" else starttls(context)
    with listening(mailbox, **options) as port:
        error = failure(Connection(Configured(port, security=security, ca_file=authority.file)))
    assert "another name" in str(error)
    assert not mailbox.messages


def test_tls_with_a_server_that_has_none(port: int) -> None:
    assert "no TLS" in str(failure(Connection(Configured(port, security="tls"))))


def test_starttls_that_is_not_offered_does_not_fall_back_to_the_clear(port: int, mailbox: Mailbox) -> None:
    error = failure(Connection(Configured(port, security="starttls")))
    assert "does not offer" in str(error)
    assert error.setup
    assert not mailbox.messages


def test_the_clear_is_for_this_machine_alone() -> None:
    error = failure(Connection(Configured(25, host="mail.example.vn")))
    assert "write starttls or tls" in str(error)
    assert error.setup


def test_a_file_of_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    for file in (tmp_path / "missing.pem", tmp_path / "empty.pem"):
        (tmp_path / "empty.pem").write_text("nothing")
        assert str(file) in str(failure(Connection(Configured(1, security="tls", ca_file=file))))


def test_a_wrong_password_says_so_and_asks_nobody(
    authority: Authority, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # a prompt would fail on it
    with listening(mailbox, **starttls(authority.context(), mailbox)) as port:
        server = Configured(port, security="starttls", username=USER, ca_file=authority.file)
        for password in ("wrong", ""):
            error = failure(Connection(server, password))
            assert "does not accept the user name or the password (535" in str(error)
            assert (error.permanent, error.setup) == (True, True)
        error = failure(Connection(server, "mật khẩu"))
        assert "beyond ASCII" in str(error)


def test_nobody_listens() -> None:
    with create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failure(Connection(Loopback(port)))
    assert "no mail server listens" in str(error)
    assert (error.permanent, error.setup) == (False, True)


def test_a_server_that_says_nothing() -> None:
    with create_server(("127.0.0.1", 0)) as listener:
        error = failure(Connection(Loopback(listener.getsockname()[1]), timeout=0.05))
    assert "does not answer" in str(error)


def test_a_host_that_does_not_exist() -> None:
    error = failure(Connection(Configured(587, host="mail.invalid", security="starttls")))
    assert "mail.invalid is not known" in str(error) or "cannot be reached" in str(error)
    assert not error.permanent


@pytest.mark.parametrize(("answer", "permanent"), [("450 4.2.1 busy", False), ("550 5.1.1 unknown", True)])
def test_nobody_is_accepted(port: int, mailbox: Mailbox, answer: str, permanent: bool) -> None:
    mailbox.answers[UNIT] = answer
    error = failure(Connection(Loopback(port)))
    assert answer in str(error)
    assert (error.permanent, error.setup) == (permanent, False)
    assert error.refused == {UNIT: Refusal(int(answer[:3]), answer[4:])}


def test_one_of_two_is_refused(port: int, mailbox: Mailbox) -> None:
    mailbox.answers[LEAD] = "550 5.1.1 unknown"
    with Connection(Loopback(port)) as connection:
        assert connection.send(SENDER, [UNIT, LEAD], MESSAGE) == {LEAD: Refusal(550, "5.1.1 unknown")}
        assert connection.send(SENDER, [UNIT], MESSAGE) == {}
    assert [e.rcpt_tos for e in mailbox.messages] == [[UNIT], [UNIT]]


def test_an_address_that_smtp_cannot_carry_does_not_hold_up_the_others(port: int, mailbox: Mailbox) -> None:
    with Connection(Loopback(port)) as connection:
        refused = connection.send(SENDER, [UNIT, "nguyễn@tuangiao.example", "a@b.example>\r\nRSET"], MESSAGE)
    assert refused is not None
    assert list(refused) == ["nguyễn@tuangiao.example", "a@b.example>\r\nRSET"]
    assert all(r.permanent for r in refused.values())
    assert mailbox.messages[0].rcpt_tos == [UNIT]
    assert failure(Connection(Loopback(port)), "nguyễn@tuangiao.example").permanent


def test_a_domain_beyond_ascii_goes_in_idna(port: int, mailbox: Mailbox) -> None:
    with Connection(Loopback(port)) as connection:
        connection.send(SENDER, ["vanthu@tuầngiáo.vn"], MESSAGE)
    (recipient,) = mailbox.messages[0].rcpt_tos
    assert recipient.startswith("vanthu@xn--")


@pytest.mark.parametrize(
    ("answer", "permanent", "setup", "words"),
    [
        ("552 5.3.4 too big", True, False, "refused the message"),
        ("451 4.3.0 later", False, False, "refused the message"),
        ("421 4.3.2 going down", False, False, "refused the message"),
    ],
)
def test_a_message_that_is_refused(
    port: int, mailbox: Mailbox, answer: str, permanent: bool, setup: bool, words: str
) -> None:
    mailbox.data = answer
    with Connection(Loopback(port)) as connection:
        with pytest.raises(MailError, match=words) as caught:
            connection.send(SENDER, [UNIT], MESSAGE)
        assert (caught.value.permanent, caught.value.setup) == (permanent, setup)
        mailbox.data = "250 OK"
        assert connection.send(SENDER, [UNIT], MESSAGE) == {}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("553 5.7.1 not yours", "does not let noivu@tuangiao.example send mail"),
        ("530 5.7.0 log in first", "does not accept the user name"),
        ("550 5.7.30 basic authentication is not supported", "Microsoft 365"),
    ],
)
def test_a_sender_that_is_refused_is_no_fault_of_the_message(
    port: int, mailbox: Mailbox, answer: str, words: str
) -> None:
    mailbox.sender = answer
    with Connection(Loopback(port)) as connection:
        with pytest.raises(MailError, match=words) as caught:
            connection.send(SENDER, [UNIT, LEAD], MESSAGE)
        assert (caught.value.permanent, caught.value.setup) == (True, True)
        mailbox.sender = "250 OK"
        assert connection.send(SENDER, [UNIT], MESSAGE) == {}
    assert mailbox.connections == 1


def test_a_connection_that_was_lost_between_two_mails_is_opened_again(port: int, mailbox: Mailbox) -> None:
    mailbox.hang_up_after = 1
    with Connection(Loopback(port)) as connection:
        connection.send(SENDER, [UNIT], MESSAGE)
        connection.send(SENDER, [UNIT], MESSAGE)
    assert (len(mailbox.messages), mailbox.connections) == (2, 2)


def test_a_connection_that_is_lost_within_a_mail_is_a_temporary_failure(port: int, mailbox: Mailbox) -> None:
    mailbox.hang_up_in_data = True
    error = failure(Connection(Loopback(port)))
    assert "closed the connection" in str(error)
    assert (error.permanent, error.setup, error.hung_up) == (False, False, True)


def test_a_message_that_the_server_ponders_is_waited_for_longer_than_a_command(port: int, mailbox: Mailbox) -> None:
    mailbox.pondering = 1.0
    with Connection(Loopback(port), timeout=0.5) as connection:
        assert connection.send(SENDER, [UNIT], MESSAGE) == {}
    with Connection(Loopback(port), timeout=0.5, taken=0.5) as connection, pytest.raises(MailError) as caught:
        connection.send(SENDER, [UNIT], MESSAGE)
    assert "does not answer" in str(caught.value)
    assert (caught.value.permanent, caught.value.setup, caught.value.silent) == (False, False, True)


def test_a_refused_data_command_leaves_no_transaction_open(port: int, mailbox: Mailbox) -> None:
    mailbox.answers[UNIT] = "250 but keeps nobody"  # aiosmtpd then says 503 to DATA, as a server out of step does
    with Connection(Loopback(port)) as connection:
        mailbox.forgetful = True
        with pytest.raises(MailError) as caught:
            connection.send(SENDER, [UNIT], MESSAGE)
        assert not caught.value.permanent
        mailbox.forgetful = False
        assert connection.send(SENDER, [LEAD], MESSAGE) == {}


@pytest.mark.parametrize(
    ("answer", "of_address"),
    [
        ("550 5.1.1 no such user", True),
        ("550 no such user", True),
        ("554 5.7.1 relay access denied", False),
        ("550 relay not permitted", False),
        ("552 5.2.2 mailbox full", False),
        ("550 5.2.1 mailbox disabled", True),
        ("530 5.7.0 log in first", False),
        ("503 5.5.1 out of step", False),
        ("450 4.1.1 who knows", False),
    ],
)
def test_what_speaks_of_an_address_and_what_of_rules(answer: str, of_address: bool) -> None:
    code, _, words = answer.partition(" ")
    assert Refusal(int(code), words).of_address is of_address


def test_a_long_reply_is_cut_short() -> None:
    assert len(Refusal.of((550, b"x" * 100_000)).words) == 400


def test_a_login_that_makes_no_sense_sends_nothing_without_login() -> None:
    with create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        heard = pool.submit(senseless, listener)
        server = Configured(listener.getsockname()[1], host="127.0.0.1", username=USER)
        error = failure(Connection(server, PASSWORD, timeout=5))
        assert error.setup
        assert b"MAIL" not in heard.result(5)


def senseless(server: socket) -> bytes:
    """A server whose challenge is no base64 (RFC 2195 wants it)."""
    connection, _ = server.accept()
    heard = b""
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"220 here\r\n")
        for line in lines:
            heard += line
            answer = b"250-here\r\n250 AUTH CRAM-MD5\r\n" if line.startswith(b"ehlo") else b"334 \xff\xfe=x\r\n"
            connection.sendall(answer)
            if line.startswith(b"QUIT"):
                break
    return heard


def test_until_the_message_itself_everything_can_be_taken_back(port: int, mailbox: Mailbox) -> None:
    seen = []

    def no() -> bool:
        seen.append(connection.in_data)
        return False

    with Connection(Loopback(port)) as connection:
        assert not connection.begin(SENDER, [UNIT], MESSAGE, no)
        assert connection.send(SENDER, [LEAD], MESSAGE) == {}
    assert seen == [False]
    assert [e.rcpt_tos for e in mailbox.messages] == [[LEAD]]
    assert mailbox.connections == 1 + mailbox.pipelining, "who waits for the message already is hung up on"


def test_a_server_that_wants_a_message_for_nobody_is_given_none() -> None:
    with create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        heard = pool.submit(wants_a_message_for_nobody, listener)
        error = failure(Connection(Loopback(listener.getsockname()[1]), timeout=5))
        assert error.refused == {UNIT: Refusal(550, "5.1.1 unknown")}
        assert heard.result(5).endswith(b"DATA\r\n"), "neither a message nor its end"


def wants_a_message_for_nobody(server: socket) -> bytes:
    """A server that takes commands together, refuses all recipients, and says yes to DATA (RFC 2920, 3.1)."""
    answers = {b"ehlo": b"250-here\r\n250 PIPELINING\r\n", b"RCPT": b"550 5.1.1 unknown\r\n", b"DATA": b"354 go on\r\n"}
    connection, _ = server.accept()
    heard = b""
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"220 here\r\n")
        for line in lines:
            heard += line
            connection.sendall(answers.get(line[:4], b"250 OK\r\n"))
    return heard


def test_closing_never_fails(port: int) -> None:
    connection = Connection(Loopback(port))
    connection.close()
    connection.open()
    assert connection._client is not None
    connection._client.smtp.sock.close()
    connection.close()
    connection.close()


def test_a_server_that_goes_after_a_refusal_is_left_in_peace(port: int, mailbox: Mailbox) -> None:
    mailbox.hang_up_in_reset = True
    mailbox.sender = "550 5.7.1 not yours"
    assert "does not let" in str(failure(Connection(Loopback(port)))), "and closing is no failure of its own"
    mailbox.sender, mailbox.answers[UNIT] = "250 OK", "550 5.1.1 unknown"
    with Connection(Loopback(port)) as connection:
        connection.send(SENDER, [LEAD], MESSAGE)
        with pytest.raises(MailError):
            connection.send(SENDER, [UNIT], MESSAGE)
        assert connection.send(SENDER, [LEAD], MESSAGE) == {}, "over another connection"


def test_a_handshake_that_breaks_in_an_unheard_of_way() -> None:
    error = explain(ssl.SSLError(1, "odd"), "mail.example.vn", 465)
    assert "no TLS" in str(error)
    assert "cannot be reached" in str(explain(OSError(113, "No route to host"), "mail.example.vn", 465))


def test_the_password_is_not_shown(port: int) -> None:
    assert PASSWORD not in repr(Connection(Loopback(port), PASSWORD))


def test_where_the_password_comes_from(tmp_path: Path) -> None:
    file, credentials = tmp_path / "mail.secret", tmp_path / "credentials"
    server = Configured(587, username=USER, password_file=file)
    credentials.mkdir()
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    file.write_bytes(b"from the file \r\n")
    assert read_password(server, environment) == "from the file "
    (credentials / "mail.password").write_text("from systemd\n")
    assert read_password(server, environment) == "from systemd"
    assert read_password(server, environment | {"NHACHAN_MAIL_PASSWORD": "given"}) == "given"
    assert read_password(Configured(25), environment) == ""


def test_a_password_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    empty, odd, missing = tmp_path / "empty", tmp_path / "odd", tmp_path / "missing"
    empty.write_text("\n")
    odd.write_bytes(b"\xff\xfe")
    for file, words in ((None, "$NHACHAN_MAIL_PASSWORD"), (missing, "missing"), (empty, "on one line"), (odd, "odd")):
        with pytest.raises(MailError) as caught:
            read_password(Configured(587, username=USER, password_file=file), {})
        assert words in str(caught.value)
        assert (caught.value.permanent, caught.value.setup) == (True, True)
