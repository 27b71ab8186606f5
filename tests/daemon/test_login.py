"""An administrator logs in at the real daemon: by the mailed link, by the printed one; and is thrown out."""

import re
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
import yaml

from tests.daemon.process import Office, wait_for

ADMIN, OTHER = "quantri@huyen.example", "pho@huyen.example"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with two administrators, which others reach by a name."""
    found = Office(tmp_path)
    file = found.config / "nhachan.yaml"
    settings = yaml.safe_load(file.read_text("utf-8"))
    settings |= {"public_url": f"http://lich.example.vn:{found.port}", "admins": [ADMIN, OTHER]}
    file.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    return found


def browser(office: Office) -> httpx.Client:
    """One that sends its cookies along, whatever name the daemon is asked by."""
    return httpx.Client(base_url=office.url, headers={"X-Forwarded-For": "192.0.2.7"}, timeout=10)


def press(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    found = re.search(r'name="csrf" value="(\w+)"', client.get(path).text)
    assert found is not None
    return client.post(path, data={"csrf": found[1]} | fields)


def login_mails(office: Office) -> list[EmailMessage]:
    return [mail for mail in office.mails() if "đăng nhập" in mail["Subject"]]


def path_of(url: str) -> str:
    return "/" + url.strip().split("/", 3)[3]


def test_by_the_mailed_link(office: Office) -> None:
    with office.running(), browser(office) as client:
        assert client.get("/office").headers["location"] == "/login"
        for address in ("ai-do@huyen.example", ADMIN):
            assert press(client, "/login", address=address).status_code == 200
        wait_for(lambda: login_mails(office), "the mail", 10)
        assert press(client, "/login", address=OTHER).status_code == 200
        wait_for(lambda: len(login_mails(office)) == 2, "the other's mail", 10)
        mail = login_mails(office)[0]
        assert mail["To"] == ADMIN
        assert mail["Auto-Submitted"] == "auto-generated"
        (url,) = re.findall(r"http://lich\.example\.vn:\d+/login/\w+", mail.get_content())
        answer = press(client, path_of(url))
        assert (answer.status_code, answer.headers["location"]) == (303, "/office")
        assert client.get("/office").status_code == 200
        assert url.rpartition("/")[2] not in office.log()


def test_by_the_printed_link_until_the_sessions_are_ended(office: Office) -> None:
    with office.running(), browser(office) as client:
        done = office.nhachan("login-link", OTHER.upper())
        assert re.fullmatch(r"http://lich\.example\.vn:\d+/login/[a-z2-7]{32}\n", done.stdout)
        assert OTHER in done.stderr
        press(client, path_of(done.stdout))
        assert OTHER in client.get("/office").text
        assert "1" in office.nhachan("logout", OTHER).stdout
        assert client.get("/office").headers["location"] == "/login"


def test_who_is_no_administrator_gets_no_link(office: Office) -> None:
    done = office.nhachan("login-link", "ai-do@huyen.example")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ai-do@huyen.example" in done.stderr
    file = office.config / "nhachan.yaml"
    settings = yaml.safe_load(file.read_text("utf-8"))
    del settings["admins"]
    file.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    done = office.nhachan("login-link")
    assert (done.returncode, done.stdout) == (1, "")
    assert "admins: [" in done.stderr
