from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from scheduler.config.settings import MailSettings
from scheduler.mail.catcher import Catcher, caught, read
from scheduler.mail.connection import Connection, MailError
from tests.mail import samples
from tests.mail.samples import DIGESTS, EVENTS


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return tmp_path / "state" / "mail"


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
