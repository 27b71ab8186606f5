"""nhachan.yaml as the settings of the program."""

import difflib
import ipaddress
import os.path
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dateutil.relativedelta import relativedelta

from scheduler.config import values
from scheduler.config.problems import Path_, WrongError
from scheduler.config.schema import MailEntry, SettingsFile
from scheduler.translation import text

_NAMED = re.compile(r"(.*)<([^<>]*)>")
_DRIVER = "postgresql+psycopg://"
_POSTGRESQL = re.compile(  # as SQLAlchemy takes an address apart
    re.escape(_DRIVER)
    + r"(?:[^:/]*(?::(?P<password>[^@]*))?@)?(?:\[[^/?@]+\]|[^/:?@]*)(?::(?P<port>[^/?]*))?(?P<rest>[/?].*)?"
)
_WORD = re.compile(r"[\w+.-]{0,30}")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


_FIVE_YEARS = relativedelta(years=5)


@dataclass(frozen=True)
class MailSettings:
    """How mail leaves: the sender, the server, and the files that hold what YAML must not."""

    sender_name: str
    sender_address: str
    reply_to: str
    host: str
    port: int
    security: str
    username: str
    password_file: Path | None
    ca_file: Path | None


@dataclass(frozen=True)
class Settings:
    """The office's settings; the ladder and the policy are in the register."""

    name: str
    public_url: str
    timezone: ZoneInfo
    language: str
    horizon: relativedelta
    past: relativedelta
    uid_domain: str
    feeds_public: bool
    mail: MailSettings | None
    database: str
    calendars: Path
    web_host: str
    web_port: int
    admins: tuple[str, ...]
    user_header: str = ""
    per_minute: int = 0
    brake: int = 0
    keep_ledger: relativedelta = _FIVE_YEARS
    keep_audit: relativedelta = _FIVE_YEARS
    feeds_links: bool = False


def settings(file: SettingsFile, folder: Path) -> Settings:
    """The settings of a file in a folder. `wrong_settings` finds first what is wrong with them."""
    return Settings(
        name=file.name,
        public_url=_public_url(file),
        timezone=_timezone(file.timezone),
        language=file.language,
        horizon=file.horizon,
        past=file.feeds.past,
        uid_domain=file.uid_domain,
        feeds_public=file.feeds.public,
        mail=_mail(file.mail, folder) if file.mail else None,
        database=_database(file.database),
        calendars=beside(folder, file.calendars),
        web_host=_host(file.web.host),
        web_port=file.web.port,
        admins=tuple(dict.fromkeys(file.admins)),
        user_header=file.web.user_header,
        per_minute=file.sending.per_minute,
        brake=file.sending.brake,
        keep_ledger=file.retention.ledger,
        keep_audit=file.retention.audit,
        feeds_links=file.feeds.links,
    )


def wrong_settings(file: SettingsFile, folder: Path) -> Iterator[WrongError]:
    """What is wrong with the values of a file that has the right keys, each with its path."""
    checks: list[tuple[Path_, Callable[[], object]]] = [
        (("public_url",), lambda: _public_url(file)),
        (("timezone",), lambda: _timezone(file.timezone)),
        (("database",), lambda: _database(file.database)),
        (("web", "host"), lambda: _host(file.web.host)),
    ]
    mail = file.mail
    if mail:
        checks += [
            (("mail", "from"), lambda: _sender(mail.from_)),
            (("mail", "host"), lambda: _host(mail.host)),
            (("mail", "security"), lambda: _security(mail)),
            (("mail", "ca_file"), lambda: _certificates(folder, mail)),
        ]
    for path, check in checks:
        try:
            check()
        except WrongError as error:
            yield WrongError(error.problem, error.advice, path + error.path, error.column)


def password_in(database: str) -> bool:
    """Whether the address of the database holds a password, which belongs elsewhere."""
    found = _POSTGRESQL.fullmatch(database)
    return bool(found and (found["password"] or re.search(r"[?&]password=", found["rest"] or "")))


def _public_url(file: SettingsFile) -> str:
    if not file.public_url:
        if file.mail:
            problem = text("“public_url” is missing, and mails need it for their links")
            raise WrongError(
                problem, text("write where people reach the pages, such as `public_url: https://lich.example.vn`")
            )
        host = f"[{file.web.host}]" if ":" in file.web.host else file.web.host
        return f"http://{host}:{file.web.port}"
    parts = urlsplit(file.public_url)
    if parts.query or parts.fragment or parts.username or parts.password:
        problem = text("“public_url” is the beginning of links")
        raise WrongError(problem, text("leave out what stands after ? or #, and names or passwords"))
    return file.public_url.rstrip("/")


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problem = text("“{name}” is not the name of a time zone", name=name)
        near = difflib.get_close_matches(name, available_timezones(), n=1, cutoff=0.8) or ["Asia/Ho_Chi_Minh"]
        raise WrongError(problem, text("write a name such as {name}", name=near[0])) from None


def _database(address: str) -> str:
    if address == "sqlite":
        return address
    if not address.startswith(_DRIVER):
        problem = text("“{address}” is not a database that nhachan knows", address=_without_secrets(address))
        raise WrongError(problem, text("write sqlite, or an address that begins with postgresql+psycopg://"))
    found = _POSTGRESQL.fullmatch(address)
    port = found["port"] if found else None
    if not found or (port and not (port.isdecimal() and 0 < int(port) < 2**16)):
        problem = text("“{address}” is not the address of a PostgreSQL database", address=_without_secrets(address))
        advice = text(
            "write {example}; the port is a number, and signs such as @ : / in a password are written as %40 %3A %2F",
            example="postgresql+psycopg://nhachan@db.example.vn:5432/nhachan",
        )
        raise WrongError(problem, advice)
    return address


def _without_secrets(address: str) -> str:
    """What may be repeated of an address: how it begins. A password can stand anywhere behind, well-formed or not."""
    kind, mark, _ = address.partition("://")
    if mark:
        return f"{kind}://…" if _WORD.fullmatch(kind) else "…"
    return address if _WORD.fullmatch(address) else "…"


def _host(host: str) -> str:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return values.domain(host)
    return host.strip("[]")


def _sender(written: str) -> tuple[str, str]:
    found = _NAMED.fullmatch(written)
    if not found and "@" not in written:
        problem = text("“{written}” holds no e-mail address", written=written)
        raise WrongError(problem, text('write name and address: "Phòng Nội vụ <noivu@example.vn>"'))
    if not found:
        return "", values.email(written)
    return found[1].strip().strip('"').strip(), values.email(found[2].strip())


def _security(mail: MailEntry) -> str:
    security = mail.security or ("tls" if mail.port == _PORTS["tls"] else "starttls")
    if security == "none" and not is_loopback(mail.host):
        problem = text("mail to {host} would travel unprotected", host=mail.host)
        raise WrongError(problem, text("write starttls or tls; none is for a server on this machine alone (127.0.0.1)"))
    return security


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _certificates(folder: Path, mail: MailEntry) -> None:
    if mail.ca_file and not beside(folder, mail.ca_file).is_file():
        problem = text("there is no file {path}", path=mail.ca_file)
        raise WrongError(
            problem, text("put the certificates there (paths count from nhachan.yaml), or leave “ca_file” out")
        )


def _mail(mail: MailEntry, folder: Path) -> MailSettings:
    name, address = _sender(mail.from_)
    security = _security(mail)
    return MailSettings(
        sender_name=name,
        sender_address=address,
        reply_to=mail.reply_to,
        host=_host(mail.host),
        port=mail.port or _PORTS[security],
        security=security,
        username=mail.username,
        password_file=beside(folder, mail.password_file) if mail.password_file else None,
        ca_file=beside(folder, mail.ca_file) if mail.ca_file else None,
    )


def beside(folder: Path, path: str) -> Path:
    """A path that counts from the folder of the settings."""
    return Path(os.path.abspath(folder / path))  # noqa: PTH100 -- without following links, as a deployment may swap them
