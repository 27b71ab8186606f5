"""A mail server as the configuration describes it, and yagmail's way to it: certificates verified, nobody asked."""

import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

import yagmail

from scheduler.mail.errors import MailError
from scheduler.mail.headers import clean
from scheduler.translation import text


class Server(Protocol):
    """What is to be known of a mail server; the configuration's `mail:` has it."""

    @property
    def host(self) -> str: ...  # noqa: D102
    @property
    def port(self) -> int: ...  # noqa: D102
    @property
    def security(self) -> str: ...  # noqa: D102
    @property
    def username(self) -> str: ...  # noqa: D102
    @property
    def password_file(self) -> Path | None: ...  # noqa: D102
    @property
    def ca_file(self) -> Path | None: ...  # noqa: D102


@dataclass(frozen=True)
class Loopback:
    """A server on this machine, such as the catcher: no TLS, no login."""

    port: int
    host: str = "127.0.0.1"
    security: str = "none"
    username: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None


def client_of(server: Server, password: str, timeout: float) -> yagmail.Client:
    """A client of yagmail that has not connected yet; a MailError where the configuration forbids it."""
    security = str(server.security)
    if security == "none" and not _is_loopback(server.host):
        problem = text(
            "`security: none` sends the password and every mail in the clear: {host} is not this machine, so "
            "write starttls or tls",
            host=server.host,
        )
        raise MailError(problem, permanent=True, setup=True)
    options: dict[str, object] = {"timeout": timeout}
    if security == "tls":
        options["context"] = _trust(server)
    client = yagmail.Client(
        {server.username: server.username},
        password,  # never None, for which yagmail would ask a keyring and then the terminal
        host=server.host,
        port=server.port,
        smtp_ssl=security == "tls",
        smtp_starttls={"context": _trust(server)} if security == "starttls" else False,
        smtp_skip_login=not server.username,
        soft_email_validation=False,
        **options,
    )
    client.set_logging(None)
    return client


def _trust(server: Server) -> ssl.SSLContext:
    """Certificates are verified, by the system's authorities and by those in `ca_file`."""
    context = ssl.create_default_context()
    file = server.ca_file
    if file is not None:
        try:
            context.load_verify_locations(cafile=file)
        except OSError as error:
            reason = clean(error.strerror or str(error))
            problem = text(
                "the certificates in {file} (`ca_file:` under `mail:`) cannot be read: {reason}",
                file=file,
                reason=reason,
            )
            raise MailError(problem, permanent=True, setup=True) from error
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
