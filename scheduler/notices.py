"""What the administrators hear by mail, beside the pages and the log: kept in the database until a server takes it."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Self

from sqlmodel import Session, col, select

from scheduler.config.problems import Problem
from scheduler.delivery import Postman
from scheduler.installation import Installation
from scheduler.reminders import brake, failures
from scheduler.state.database import note, transaction
from scheduler.state.tables import Mail, Note
from scheduler.translation import Text, text

log = logging.getLogger("nhachan")

_PREFIX = "notice:"
_PAUSES = (1, 2, 5, 10, 30, 60)  # minutes between tries
_IN_HAND = timedelta(minutes=20)  # longer than a server takes; a daemon that was killed meanwhile tries again then
_FORGOTTEN = timedelta(days=7)
_TOLD_AT_MOST = 50  # problems in one mail
_LISTED_AT_MOST = 100  # mails in one mail
_LOOK_BACK = timedelta(days=7)  # of refused mails that were not told yet


@dataclass(frozen=True)
class Notice:
    """A mail to the administrators that waits; `Message-ID` fixed, so that a second try is no second mail.

    `to` are those who get it, all where it is empty; after `until` nobody wants it any more.
    """

    title: str
    body: str
    message_id: str
    written: str
    after: str
    tries: int = 0
    to: tuple[str, ...] = ()
    until: str = ""

    @classmethod
    def read(cls, row: Note) -> Self:
        """As kept in the database."""
        found = json.loads(row.value)
        return cls(**found | {"to": tuple(found.get("to", ()))})

    @property
    def end(self) -> datetime:
        """The moment after which it is not sent any more."""
        return datetime.fromisoformat(self.until) if self.until else datetime.fromisoformat(self.written) + _FORGOTTEN

    def kept(self) -> str:
        """As the database keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False)


class Notices:
    """Mails to the administrators of an installation."""

    def __init__(self, postman: Postman) -> None:
        self.postman = postman

    @property
    def installation(self) -> Installation:
        """Whose administrators hear."""
        return self.postman.installation

    def refused(self, problems: Sequence[Problem], now: datetime) -> None:
        """A configuration was not taken."""
        language = self.installation.configuration.settings.language
        body = text(
            "The configuration was changed, but has problems. The last good one stays in force until they are "
            "mended:\n\n{problems}",
            problems="\n".join(problem.render(language) for problem in problems[:_TOLD_AT_MOST]),
        )
        title = text("[Configuration] {count} problems to be mended", count=len(problems))
        with transaction(self.installation.engine) as session:
            self._write(session, title, body, now)

    def clock_is_right(self, now: datetime) -> None:
        """A clock that had jumped is right again, and mails go out again."""
        body = text(
            "This machine’s clock had jumped and is right again. Mails go out as before; of what was missed meanwhile, "
            "the newest reminder."
        )
        with transaction(self.installation.engine) as session:
            self._write(session, text("[nhachan] The clock is right again"), body, now)

    def trouble(self, now: datetime) -> None:
        """Once a day: that sending is held, and which mails could not be delivered."""
        with transaction(self.installation.engine) as session:
            found = trouble_to_tell(session, self.installation, now)
            if found is not None:
                self._write(session, *found, now)

    def send(self, clock: Callable[[], datetime]) -> None:
        """Send what waits, as far as the mail server takes it."""
        with transaction(self.installation.engine) as session:
            waiting = session.exec(select(Note).where(col(Note.name).startswith(_PREFIX)).order_by(Note.name)).all()
        for row in waiting:
            notice, now = Notice.read(row), clock()
            if now > notice.end:
                self._replace(row, None)
            elif _due(notice, now) and (mine := self._replace(row, replace(notice, after=_moment(now + _IN_HAND)))):
                taken = self.postman.notify(notice.title, notice.body, notice.message_id, now, notice.to)
                self._replace(mine, None if taken else _later(notice, clock()))
                if not taken:
                    break

    def login(self, session: Session, address: str, url: str, now: datetime, until: datetime) -> None:
        """An administrator asked for a link to log in. The caller commits, and has it sent."""
        body = text(
            "Somebody, you most likely, asked to log in to the pages of {office}. This link opens them, once, until "
            "{until}:\n\n{url}\n\nIf it was not you, do nothing: without the link nobody gets in.",
            office=self.installation.configuration.settings.name,
            until=f"{until.astimezone(self.installation.configuration.settings.timezone):%H:%M}",
            url=url,
        )
        self._write(session, text("[nhachan] A link to log in"), body, now, to=(address,), until=until)

    def _write(
        self,
        session: Session,
        title: Text,
        body: Text,
        now: datetime,
        *,
        to: tuple[str, ...] = (),
        until: datetime | None = None,
    ) -> None:
        settings = self.installation.configuration.settings
        if not settings.admins:
            return
        message_id = f"<{token_hex(16)}@{self.installation.uid_domain}>"
        words = title.render(settings.language), body.render(settings.language)
        end = _moment(until) if until else ""
        notice = Notice(*words, message_id, written=_moment(now), after=_moment(now), to=to, until=end)
        session.add(Note(name=f"{_PREFIX}{now.timestamp():.6f}-{token_hex(4)}", value=notice.kept()))

    def _replace(self, row: Note, notice: Notice | None) -> Note | None:
        """Change a waiting notice, or (None) take it away; None where another daemon was quicker."""
        with transaction(self.installation.engine) as session:
            kept = session.get(Note, row.name, with_for_update=True)
            if kept is None or kept.value != row.value:
                return None
            if notice is None:
                session.delete(kept)
            else:
                kept.value = notice.kept()
        return kept


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _due(notice: Notice, now: datetime) -> bool:
    after = datetime.fromisoformat(notice.after)
    return not now < after <= now + timedelta(minutes=_PAUSES[-1])  # a clock set back makes it no longer


def _later(notice: Notice, now: datetime) -> Notice:
    pause = timedelta(minutes=_PAUSES[min(notice.tries, len(_PAUSES) - 1)])
    return replace(notice, after=_moment(now + pause), tries=notice.tries + 1)


def trouble_to_tell(session: Session, installation: Installation, now: datetime) -> tuple[Text, Text] | None:
    """What the administrators should hear today of mails that did not go out: title and text; None if nothing is new.

    What was given out is not given out again, on whatever machine. The caller commits.
    """
    configuration = installation.configuration
    local = now.astimezone(configuration.settings.timezone)
    today = local.date().isoformat()
    if note(session, "trouble-told", "") == today or local.time() < configuration.register.ladder.at:
        return None
    known = json.loads(note(session, "trouble-told-of", "[]"))
    rows = failures.troubled(session, now - _LOOK_BACK)
    news = [row for row in rows if row.id not in known]
    held = brake.held(session)
    if not news and held is None:
        return None
    for name, value in (("trouble-told", today), ("trouble-told-of", json.dumps([row.id for row in rows]))):
        session.get_one(Note, name).value = value
    return _trouble(news, held, local)


def _trouble(rows: Sequence[Mail], held: brake.Hold | None, local: datetime) -> tuple[Text, Text]:
    lines = [f"{r.day:%d/%m/%Y}  {r.unit}  {', '.join(r.recipients)}: {r.error}" for r in rows[:_LISTED_AT_MOST]]
    if held is None:
        body = text("These mails did not go out, or not to everybody:\n\n{mails}", mails="\n".join(lines))
        return text("[nhachan] Mails that did not go out"), body
    body = text(
        "Sending is held since {since}: {reason}. `nhachan release` sends again.\n\n{mails}",
        since=f"{held.since.astimezone(local.tzinfo):%H:%M %d/%m/%Y}",
        reason=held.reason,
        mails="\n".join(lines),
    )
    return text("[nhachan] Sending is held"), body
