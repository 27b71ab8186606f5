"""One mail to see whether mail goes out at all, with the server's real answer if it does not."""

from datetime import datetime
from hashlib import sha256

from scheduler.config.settings import MailSettings, Settings
from scheduler.mail.connection import Connection
from scheduler.mail.errors import MailError
from scheduler.mail.headers import ascii_address
from scheduler.mail.message import Office, compose_notice
from scheduler.mail.words import Words
from scheduler.translation import text


def send_test(mail: MailSettings, password: str, address: str, now: datetime, settings: Settings) -> None:
    """Send one mail through the configured server. Raises the MailError that says why it cannot be."""
    if not ascii_address(address):
        raise MailError(text("“{address}” is no mail address", address=address), permanent=True)
    words, now = Words(settings.language), now.astimezone(settings.timezone)
    domain = settings.uid_domain or mail.sender_address.rpartition("@")[2]
    office = Office(
        settings.name, domain, mail.sender_address, mail.sender_name, mail.reply_to, settings.language, templates=None
    )
    title = words.gettext("[Test] {name} can send mail", name=office.name)
    body = words.gettext(
        "This is a test. The mail server {host}:{port} took this mail from {sender} at {time} on {date}; reminders go "
        "the same way.",
        host=mail.host,
        port=mail.port,
        sender=mail.sender_address,
        time=words.hour(now.timetz()),
        date=words.full(now.date()),
    )
    mark = sha256(f"{address} {now.isoformat()}".encode()).hexdigest()[:24]
    message = compose_notice(office, [address], title, body, message_id=f"<test.{mark}@{domain}>", now=now)
    with Connection(mail, password) as connection:
        connection.send(message.sender, message.recipients, message.data)
