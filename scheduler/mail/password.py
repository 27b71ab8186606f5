"""The mail server's password, from where an administrator keeps it. It is never in the configuration's files."""

import os
from collections.abc import Mapping
from pathlib import Path

from scheduler.mail.errors import MailError
from scheduler.mail.headers import clean
from scheduler.mail.server import Server
from scheduler.translation import text


def read_password(server: Server, environment: Mapping[str, str] = os.environ) -> str:
    """The password: $NHACHAN_MAIL_PASSWORD, else the systemd credential `mail.password`, else `password_file`.

    Empty where no user name is set; a MailError that says what to do where it cannot be had. Nobody is ever asked.
    """
    if not server.username:
        return ""
    if given := environment.get("NHACHAN_MAIL_PASSWORD", ""):
        return given
    credentials = environment.get("CREDENTIALS_DIRECTORY", "")
    if credentials and (credential := Path(credentials) / "mail.password").exists():
        return _password(credential)
    if server.password_file:
        return _password(server.password_file)
    problem = text(
        "no password for the mail server: set $NHACHAN_MAIL_PASSWORD, or write it into a file and name that as "
        "`password_file:` under `mail:`"
    )
    raise MailError(problem, permanent=True, setup=True)


def _password(file: Path) -> str:
    try:
        password = file.read_text("utf-8-sig").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = clean(getattr(error, "strerror", None) or str(error))
        problem = text("the mail password cannot be read from {file}: {reason}", file=file, reason=reason)
        raise MailError(problem, permanent=True, setup=True) from error
    if not password.strip():
        problem = text("the file {file} holds no mail password: write the password into it, on one line", file=file)
        raise MailError(problem, permanent=True, setup=True)
    return password
