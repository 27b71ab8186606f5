"""The pages for administrators: their configurations are tried, and both languages give the same ones.

nginx and Caddy are not on the list of system packages: installing one starts a web server, which
nobody wants of `make test`. Where they are, they are used.
"""

import json
import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import trustme
import yaml

from scheduler.cli.group import nhachan
from tests.daemon.process import ROOT, Daemon, Office, free_port, wait_for

import scheduler.cli  # isort: skip # noqa: F401 -- adds the commands to the group

PAGES = (ROOT / "docs" / "operate.md", ROOT / "docs" / "vi" / "van-hanh.md")
NAME = "lich.example.vn"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", page.read_text("utf-8"))


def bare(block: str) -> str:
    """A block without comments, sentences for people, their language, and alignment."""
    lines = (re.sub(r"(?:^|\s)#.*", "", line) for line in block.splitlines())
    return "\n".join(
        " ".join(re.sub(r'(?<=-m )".*"| NHACHAN_LANG=vi', "", line).split()) for line in lines if line.strip()
    )


@pytest.mark.parametrize("language", ["nginx", "caddyfile", "ini", "sh", "yaml"])
def test_both_languages_give_the_same_configurations(language: str) -> None:
    english, vietnamese = ([bare(block) for block in blocks(page, language)] for page in PAGES)
    assert english
    assert english == vietnamese


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / target).exists(), target
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for anchor in re.findall(r"\]\(#([^)]+)\)", text):
        assert anchor in anchors, anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_yaml_is_yaml(page: Path) -> None:
    for block in blocks(page, "yaml"):
        assert yaml.safe_load(block)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office that is reached as lich.example.vn, with its public feeds."""
    office = Office(tmp_path / "office")
    file = office.config / "nhachan.yaml"
    text = file.read_text("utf-8").replace(office.url, f"https://{NAME}")
    file.write_text(f"{text}feeds: {{public: true, links: true}}\n", "utf-8")
    return office


class Front:
    """A web server in front, asked as a browser would ask it by name."""

    def __init__(self, port: int, authority: trustme.CA) -> None:
        self.port = port
        self.trust = ssl.create_default_context()
        authority.configure_trust(self.trust)

    def ask(self, path: str, **more: object) -> httpx.Response:
        request = httpx.Request(str(more.pop("method", "GET")), f"https://127.0.0.1:{self.port}{path}", **more)  # type: ignore[arg-type]
        request.headers["Host"] = NAME
        request.extensions = {"sni_hostname": NAME}
        with httpx.Client(verify=self.trust) as client:
            return client.send(request)

    def answers(self) -> bool:
        try:
            return self.ask("/healthz").status_code > 0
        except httpx.TransportError:
            return False


@contextmanager
def kept(command: list[str], front: Front, folder: Path) -> Iterator[Front]:
    environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, env=environment)
    try:
        wait_for(lambda: process.poll() is not None or front.answers(), "the web server")
        assert process.poll() is None, (folder / "output.log").read_text("utf-8")
        yield front
    finally:
        process.terminate()
        process.wait(20)


Server = Callable[[Path, Office, Path], tuple[list[str], Front]]


def certificate(folder: Path) -> trustme.CA:
    authority = trustme.CA()
    made = authority.issue_cert(NAME)
    made.private_key_pem.write_to_path(folder / "key.pem")
    for number, part in enumerate(made.cert_chain_pems):
        part.write_to_path(folder / "cert.pem", append=number > 0)
    return authority


def nginx(page: Path, office: Office, folder: Path) -> tuple[list[str], Front]:
    site, static, secret = blocks(page, "nginx")
    port = free_port()
    redirecting, _, serving = site.rpartition("    location / {")
    site = f"{redirecting}{static}{secret}\n    location / {{{serving}"
    site = re.sub(r"listen \[::\].*", "", site).replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
    site = site.replace("listen 443", f"listen 127.0.0.1:{port}").replace("127.0.0.1:8080", f"127.0.0.1:{office.port}")
    site = re.sub(r"/etc/letsencrypt/\S*fullchain.pem", f"{folder}/cert.pem", site)
    site = re.sub(r"/etc/letsencrypt/\S*privkey.pem", f"{folder}/key.pem", site).replace("/var/log/nginx", str(folder))
    site = site.replace("/srv/nhachan/calendars", str(office.calendars))
    around = f"daemon off; pid {folder}/pid; error_log {folder}/main.log; worker_processes 1; user root;\nevents {{}}\n"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(f"{around}http {{ access_log off; {own} {site} }}", "utf-8")
    front = Front(port, certificate(folder))
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    return command, front


def caddy(page: Path, office: Office, folder: Path) -> tuple[list[str], Front]:
    file, secret = blocks(page, "caddyfile")
    port = free_port()
    file = file.replace("\treverse_proxy", f"{secret}\treverse_proxy")
    file = file.replace("{\n", f"{{\n\tadmin off\n\thttp_port {free_port()}\n\thttps_port {port}\n", 1)
    file = file.replace(f"{NAME} {{", f"{NAME} {{\n\ttls {folder}/cert.pem {folder}/key.pem")
    file = file.replace("/var/log/caddy", str(folder)).replace("127.0.0.1:8080", f"127.0.0.1:{office.port}")
    file = file.replace("/srv/nhachan/calendars", str(office.calendars))
    (folder / "Caddyfile").write_text(file, "utf-8")
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    return command, Front(port, certificate(folder))


@pytest.fixture(params=[nginx, caddy], ids=lambda server: server.__name__)
def server(request: pytest.FixtureRequest) -> Server:
    """Each of the web servers that the pages know, where it is installed."""
    found: Server = request.param
    if shutil.which(found.__name__) is None:
        pytest.skip(f"needs {found.__name__}")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_web_server_in_front_serves_all_and_logs_no_link(
    server: Server, page: Path, office: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "front"
    folder.mkdir()
    command, front = server(page, office, folder)
    with kept(command, front, folder):
        with office.running() as daemon:
            tokens = visit(front, daemon)
            assert by_nhachan(front.ask("/feeds/all.ics")) == (server is caddy)
        assert front.ask(f"/u/{tokens[0]}").status_code == 502, "and while the daemon is away"
        time.sleep(0.5)
    logs = "".join(file.read_text("utf-8", "replace") for file in folder.rglob("*.log"))
    assert "GET" in logs
    (check,) = re.findall(r"`grep -rE '(\S+)' /var/log/nginx /var/log/caddy`", page.read_text("utf-8"))
    assert not re.search(check, logs)
    assert not any(token[1:] in logs for token in tokens)


def visit(front: Front, daemon: Daemon) -> list[str]:
    unit = next(u for u in json.loads(daemon.office.nhachan("units", "--json").stdout) if u["id"] == "mau.ubnd")
    page, feed = (unit[kind].removeprefix(f"https://{NAME}") for kind in ("page", "feed"))
    referrer = {"Referer": unit["page"]}
    shown = front.ask(page, headers=referrer)
    assert shown.status_code == 200
    assert front.ask("/static/style.css", headers=referrer).status_code == 200
    assert "UBND xã Mẫu" not in front.ask("/").text, "nobody outside is taken for somebody at the machine"
    assert front.ask("/metrics").status_code == 404
    read = front.ask(feed)
    assert read.headers["content-type"] == "text/calendar; charset=utf-8"
    assert front.ask(feed, headers={"If-None-Match": read.headers["etag"]}).status_code == 304
    open_to_all(front, daemon)
    token = page.rsplit("/", 1)[1]
    encoded = f"%{ord(token[0]):02x}{token[1:]}"
    for way in (f"%75/{token}", f"u%2F{token}", f"u/{encoded}", f"?link={token}", f"elsewhere/u/{token.upper()}"):
        front.ask(f"/{way}")
    assert front.ask("/feeds/units/mau.ubnd.ics").status_code == 404
    form = re.search(r'<form method="post".*?</form>', shown.text, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    pressed = front.ask(page, method="POST", data=fields, headers={"Origin": f"https://{NAME}"})
    assert pressed.status_code == 303
    return [page.rsplit("/", 1)[1], feed.split("/")[2]]


def open_to_all(front: Front, daemon: Daemon) -> None:
    """A public calendar is the same whoever serves it: the web server from the file, or nhachan."""
    path = "/feeds/plans/mau-dinh-ky.ics"
    public, ours = front.ask(path), daemon.get(path)
    assert public.content == (daemon.office.calendars / "plans" / "mau-dinh-ky.ics").read_bytes()
    for name in ("content-type", "cache-control", "vary", "x-content-type-options", "x-robots-tag", "referrer-policy"):
        assert public.headers[name] == ours.headers[name], name
    assert front.ask(path, headers={"If-None-Match": public.headers["etag"]}).status_code == 304
    with_alarms = front.ask(f"{path}?alarms=1")
    assert b"BEGIN:VALARM" in with_alarms.content
    for answer in (public, with_alarms, front.ask("/healthz")):
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_certificate_can_be_renewed_while_all_else_goes_to_https(page: Path, office: Office, tmp_path: Path) -> None:
    if shutil.which("nginx") is None:
        pytest.skip("needs nginx")
    challenge = tmp_path / ".well-known" / "acme-challenge"
    challenge.mkdir(parents=True)
    (challenge / "word").write_text("answer")
    command, front = nginx(page, office, tmp_path)
    file = tmp_path / "nginx.conf"
    whole = file.read_text("utf-8").replace("/var/www/html", str(tmp_path))
    file.write_text(whole, "utf-8")
    (plain,) = re.findall(r"listen (127\.0\.0\.1:\d+);", whole)
    with kept(command, front, tmp_path):
        assert httpx.get(f"http://{plain}/.well-known/acme-challenge/word", headers={"Host": NAME}).text == "answer"
        sent = httpx.get(f"http://{plain}/a?b=c", headers={"Host": NAME})
    assert (sent.status_code, sent.headers["location"]) == (301, f"https://{NAME}/a?b=c")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_web_server_serves_secret_links_itself_and_nhachan_what_it_does_not_find(
    server: Server, page: Path, office: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "front"
    folder.mkdir()
    command, front = server(page, office, folder)
    with kept(command, front, folder), office.running() as daemon:
        feed = link(office, "mau.ubnd")
        served_from_the_file(front, daemon, feed)
        token = feed.split("/")[2]
        for other in (f"/feeds/{token}/other.ics", f"/feeds/{'a' * 32}/mau.ubnd.ics"):
            assert refused(front, daemon, other) == 404
        (office.calendars / "units" / "mau.ubnd.ics").chmod(0)  # root reads it even so
        assert front.ask(feed).status_code == 200, "nhachan has it in memory"
        assert office.nhachan("revoke", "mau.ubnd").returncode == 0
        wait_for(lambda: front.ask(feed).status_code == 410, "the old link to be refused")
        assert refused(front, daemon, feed) == 410
        assert not list(office.calendars.glob(f"links/{token}.*"))
        feed = link(office, "mau.ubnd")
        wait_for(lambda: front.ask(feed).status_code == 200 and not by_nhachan(front.ask(feed)), "the new link")
        daemon.stop()
        assert front.ask(feed).status_code == 200, "also while the daemon is away"


def served_from_the_file(front: Front, daemon: Daemon, feed: str) -> None:
    """A secret link is the same whoever serves it, but for the tag; and what calendar programs may ask for is right."""
    read, ours = front.ask(feed), daemon.get(feed)
    assert by_nhachan(ours)
    assert not by_nhachan(read)
    assert read.content == (daemon.office.calendars / "units" / "mau.ubnd.ics").read_bytes() == ours.content
    for name in ("content-type", "content-disposition", "cache-control", "vary", "last-modified"):
        assert read.headers[name] == ours.headers[name], name
    for name in ("x-content-type-options", "x-robots-tag", "referrer-policy"):
        assert read.headers[name] == ours.headers[name], name
    packed = front.ask(feed, headers={"Accept-Encoding": "gzip"})
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert packed.content == read.content
    assert packed.headers["etag"].startswith("W/"), "for other bytes than the plain ones"
    for had in (read, packed, ours):
        date = {"If-Modified-Since": had.headers["last-modified"]}
        assert front.ask(feed, headers=date).status_code == 304
        new = front.ask(feed, headers=date | {"If-None-Match": had.headers["etag"]})
        assert new.status_code == (200 if had is ours else 304), "once whole for who comes from nhachan"
    size = str(len(read.content))
    head = front.ask(feed, method="HEAD", headers={"Accept-Encoding": "gzip"})
    assert (head.status_code, head.headers.get("content-length", size)) == (200, size)
    part = front.ask(feed, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-1999"})
    assert (part.status_code, part.headers.get("content-encoding")) in {(200, "gzip"), (206, None)}
    assert b"BEGIN:VALARM" in front.ask(f"{feed}?alarms=1").content
    assert front.ask(feed, method="POST").status_code == 405


def refused(front: Front, daemon: Daemon, feed: str) -> int:
    """The status of what the web server leaves to nhachan, with each header field as it has it, and once."""
    answer, ours = front.ask(feed), daemon.get(feed)
    assert (answer.status_code, answer.text) == (ours.status_code, ours.text)
    for name in ours.headers.keys() - {"date", "server", "connection"}:
        assert answer.headers.get_list(name) == ours.headers.get_list(name), name
    return answer.status_code


def by_nhachan(feed: httpx.Response) -> bool:
    """Whether nhachan served a feed; a web server has tags of another form."""
    return re.fullmatch(r'"[0-9a-f]{64}(-gzip)?"', feed.headers["etag"]) is not None


def link(office: Office, unit: str) -> str:
    units = json.loads(office.nhachan("units", "--json").stdout)
    return next(str(u["feed"]).removeprefix(f"https://{NAME}") for u in units if u["id"] == unit)


def test_every_command_that_the_pages_name_is_there() -> None:
    for page in PAGES:
        names = re.findall(r"(?m)(?:^|&& |; )(?:nh|nhachan(?: --config \S+)?) ([a-z-]+)", "".join(blocks(page, "sh")))
        names += re.findall(r"`nh ([a-z-]+)", page.read_text("utf-8"))
        assert {"check", "units", "restore"} <= set(names)
        assert set(names) <= nhachan.commands.keys(), page.name
