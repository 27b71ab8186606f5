import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.config.settings import MailSettings
from scheduler.mail.catcher import Catcher, caught, read
from scheduler.mail.connection import Connection, MailError
from tests.mail import samples
from tests.mail.samples import DIGESTS, EVENTS
from tests.web.conftest import Office, made


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return tmp_path / "state" / "mail"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = made(tmp_path / "office")
    yield found
    found.site.engine.dispose()


def keep(maildir: Path, source: bytes) -> None:
    """A mail as it lies in the Maildir, whoever put it there."""
    (maildir / "new").mkdir(parents=True, exist_ok=True)
    (maildir / "new" / "1749693600.M1P1Q9.host").write_bytes(b"X-Envelope-To: c@d.example\r\n" + source)


def send(maildir: Path, *names: str) -> None:
    catcher = Catcher(maildir)
    server = catcher.start()
    try:
        assert catcher.server == server
        with Connection(server) as connection:
            for name in names:
                message = samples.letter(name)
                assert connection.send(message.sender, message.recipients, message.data) == {}
    finally:
        catcher.stop()


def test_what_is_caught_is_what_would_have_been_received(maildir: Path) -> None:
    send(maildir, "overdue-a-week")
    (summary,) = caught(maildir)
    message = samples.letter("overdue-a-week")
    assert summary.subject == message.subject
    assert summary.to == "xa2@tuangiao.example, chutich.xa2@tuangiao.example"
    assert summary.date == datetime.combine(DIGESTS["overdue-a-week"].day, time(8), samples.ZONE)
    found = read(maildir, summary.key)
    assert found is not None
    assert found.source == message.data
    assert found.text == message.text
    assert found.html == message.html
    assert found.attachments == ("han-nop.ics",)
    assert (found.files[0].type, found.files[0].content) == ("text/calendar", EVENTS)
    assert "Phòng Nội vụ" in found.sender


def test_the_newest_come_first(maildir: Path) -> None:
    names = ("three-days", "due-today", "overdue-first-day", "moved")
    send(maildir, *names)
    subjects = [samples.letter(name).subject for name in reversed(names)]
    assert [s.subject for s in caught(maildir)] == subjects
    assert [s.subject for s in Catcher(maildir).list(2)] == subjects[:2]


def test_what_was_caught_stays_after_a_restart(maildir: Path) -> None:
    send(maildir, "three-days")
    send(maildir, "due-today")
    assert len(caught(maildir)) == 2


def test_a_mail_that_a_mail_program_has_read_is_found_by_its_key(maildir: Path) -> None:
    send(maildir, "three-days")
    (file,) = (maildir / "new").iterdir()
    key = file.name
    file.rename(maildir / "cur" / f"{key}:2,S")
    assert [s.key for s in caught(maildir)] == [key]
    assert Catcher(maildir).read(key) is not None


def test_a_key_leads_nowhere_else(maildir: Path, tmp_path: Path) -> None:
    send(maildir, "three-days")
    (tmp_path / "secret").write_text("x")
    (maildir / "new" / ".hidden").write_text("x")
    for key in ("", ".", "..", "../../secret", "../new/x", ".hidden", "1.M1P1Q1.host", "\0", "new"):
        assert read(maildir, key) is None
    assert read(maildir.parent / "nothing", "1.M1P1Q1.host") is None
    assert caught(maildir.parent / "nothing") == []
    assert len(caught(maildir)) == 1


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"no header at all",
        b"Subject: =?utf-8?q?=ff?=\r\nDate: yesterday\r\n\r\nx",
        b"Content-Type: text/plain; charset=unheard-of\r\n\r\nch\xe0o",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: image/png\r\n\r\nAAAA\r\n",
        b"From: \xff\xfe\r\nTo: <<>>\r\nSubject: \xc3\xa1\r\n\r\n",
    ],
)
def test_any_mail_can_be_shown(maildir: Path, source: bytes) -> None:
    catcher = Catcher(maildir)
    with_server = Connection(catcher.start())
    with with_server:
        with_server.send("a@b.example", ["c@d.example"], source)
    catcher.stop()
    (summary,) = caught(maildir)
    assert summary.to == "c@d.example"
    assert summary.date.tzinfo is not None
    found = read(maildir, summary.key)
    assert found is not None
    assert found.key == summary.key


ODD = {
    "charset undefined": b"Subject: u\r\nContent-Type: text/plain; charset=undefined\r\n\r\nhi",
    "charset idna": b"Subject: i\r\nContent-Type: text/plain; charset=idna\r\n\r\n\xff\xfe",
    "charset with NUL": b'Subject: n\r\nContent-Type: text/plain; charset="a\0b"\r\n\r\nzz',
    "half characters": b"Subject: h\r\nContent-Type: text/plain; charset=unicode_escape\r\n\r\n\\ud800 \\udfff",
    "half characters in UTF-7": b"Subject: h\r\nContent-Type: text/html; charset=utf-7\r\n\r\n+2AA-",
    "charset in a foreign charset": b"Subject: x\r\nContent-Type: text/plain; charset*=undefined'x'%ff\r\n\r\nzz",
    "name in a foreign charset": b"Content-Type: application/x; name*=undefined''%ff\r\n\r\nzz",
    "encoded words": b"Subject: =?undefined?q?=ff?= =?utf-8?b?!!!?= =?x?y?z?= =?utf-8?q?=0d=0aX?=\r\n\r\nzz",
    "addresses": b"From: =?utf-8?q?=0d=0aX?= <a@[\r\nTo: (((((\r\nSubject: f\r\n\r\nzz",
    "an open domain": b"From: a@[\r\n\r\n",
    "an open quote": b'From: "\r\nContent-Disposition: attachment; filename="\r\n\r\n',
    "an endless year": b"Date: Mon, 1 Jan 99999999999999 00:00:00 +0000\r\n\r\n",
    "an endless zone": b"Date: Mon, 1 Jan 2020 00:00:00 +99999999999999\r\n\r\n",
    "the first day": b"Date: Mon, 1 Jan 0001 00:00:00 +1400\r\n\r\n",
    "the last day": b"Date: Fri, 31 Dec 9999 23:59:59 -1200\r\n\r\n",
    "a type that is none": b"Content-Type: ;;;=\r\nContent-Transfer-Encoding: \xff\r\n\r\nzz",
    "base64 that is none": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n\xff=\r\n",
    "uuencoded": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: uuencode\r\n\r\nbegin 6 \xff\r\nx",
    "mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * 300,
    "parts in parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(300)
    ),
}


@pytest.mark.parametrize("source", ODD.values(), ids=ODD)
def test_no_odd_mail_keeps_the_others_from_being_shown(office: Office, maildir: Path, source: bytes) -> None:
    send(maildir, "three-days")
    keep(maildir, source)
    office.site.caught = Catcher(maildir)
    client = office.client(near=True, base="http://127.0.0.1")
    office.set(public_url="http://127.0.0.1")
    page = client.get("/office/mails/kept")
    assert page.status_code == 200
    keys = set(re.findall(r'href="/office/mails/kept/([^"]+)"', page.text))
    assert len(keys) == 2
    for key in keys:
        assert client.get(f"/office/mails/kept/{key}").status_code == 200
        assert client.get(f"/office/mails/kept/{key}/html").status_code in (200, 404)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    source=st.lists(
        st.sampled_from(["Subject", "From", "Date", "Content-Type", "Content-Disposition", "X-Envelope-To"]).flatmap(
            lambda name: st.text(max_size=40).map(lambda value: f"{name}: {value}\n")
        )
    ).map("".join),
    body=st.binary(max_size=40),
)
def test_whatever_the_bytes_a_mail_can_be_read(tmp_path: Path, source: str, body: bytes) -> None:
    for old in (tmp_path / "new").glob("*"):
        old.unlink()
    keep(tmp_path, source.encode("utf-8", "replace") + b"\n" + body)
    (summary,) = caught(tmp_path)
    found = read(tmp_path, summary.key)
    assert found is not None
    for words in (found.subject, found.sender, found.to, found.text, found.html, *found.attachments):
        words.encode()
    assert found.date.astimezone(samples.ZONE).year in range(1970, 3001)


def test_nobody_else_may_read_what_was_caught(maildir: Path) -> None:
    maildir.mkdir(parents=True, mode=0o755)
    send(maildir, "three-days")
    assert [maildir.stat().st_mode & 0o777 for maildir in (maildir, maildir / "new", maildir / "cur")] == [0o700] * 3


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("x")
    catcher = Catcher(tmp_path / "mail")
    with pytest.raises(MailError, match="cannot start") as error:
        catcher.start()
    assert error.value.setup
    with pytest.raises(RuntimeError):
        _ = catcher.server
    catcher.stop()


def test_a_mail_that_cannot_be_kept_is_not_taken(maildir: Path) -> None:
    catcher = Catcher(maildir)
    server = catcher.start()
    (maildir / "tmp").rmdir()
    with Connection(server) as connection, pytest.raises(MailError, match="451") as error:
        connection.send("a@b.example", ["c@d.example"], b"Subject: x\r\n\r\n")
    assert not error.value.permanent
    catcher.stop()


def test_a_test_mail(maildir: Path) -> None:
    from scheduler.config.load import load
    from scheduler.mail.testing import send_test

    catcher = Catcher(maildir)
    port = catcher.start().port
    mail = MailSettings("Phòng Nội vụ", "noivu@tuangiao.example", "", "127.0.0.1", port, "none", "", None, None)
    settings = load(Path(__file__).resolve().parents[2] / "config", date(2025, 1, 1)).settings
    now = datetime(2025, 1, 2, 1, 30, tzinfo=UTC)
    send_test(mail, "", "quantri@nhachan.example", now, settings)
    catcher.stop()
    (summary,) = caught(maildir)
    found = read(maildir, summary.key)
    assert found is not None
    assert found.subject == "[Gửi thử] Lịch báo cáo dân vận đã gửi được thư"
    assert "lúc 08 giờ 30, thứ Năm, 02/01/2025" in found.text
    with pytest.raises(MailError, match="no mail address"):
        send_test(mail, "", "quản trị", now, settings)
    with pytest.raises(MailError, match="no mail server listens"):
        send_test(mail, "", "quantri@nhachan.example", now, settings)
