"""What the administrators hear by mail, beside the pages and the log: kept until a mail server takes it."""

import logging
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from scheduler.config.problems import Problem
from scheduler.delivery import Postman
from scheduler.installation import Installation
from scheduler.reminders import brake, ledger
from scheduler.state.database import note, transaction
from scheduler.state.tables import Note
from scheduler.translation import Text, text

log = logging.getLogger("nhachan")

_TOLD_AT_MOST = 50  # problems in one mail
_LISTED_AT_MOST = 100  # mails in one mail


class Notices:
    """Mails to the administrators, in order; the first that cannot be sent waits, and the others behind it."""

    def __init__(self, postman: Postman) -> None:
        self.postman = postman
        self._waiting: deque[tuple[Text, Text]] = deque()

    def refused(self, problems: Sequence[Problem]) -> None:
        """A configuration was not taken."""
        language = self.postman.installation.configuration.settings.language
        body = text(
            "The configuration was changed, but has problems. The last good one stays in force until they are "
            "mended:\n\n{problems}",
            problems="\n".join(problem.render(language) for problem in problems[:_TOLD_AT_MOST]),
        )
        self._waiting.append((text("[Configuration] {count} problems to be mended", count=len(problems)), body))

    def trouble(self, now: datetime) -> None:
        """Once a day: that sending is held, and which mails could not be delivered."""
        found = trouble_to_tell(self.postman.installation, now)
        if found is not None:
            self._waiting.append(found)

    def send(self, now: datetime) -> None:
        """Send what waits, as far as the mail server takes it."""
        while self._waiting and self.postman.notify(*self._waiting[0], now):
            self._waiting.popleft()


def trouble_to_tell(installation: Installation, now: datetime) -> tuple[Text, Text] | None:
    """What the administrators should hear today of mails that did not go out: title and text; None if nothing is new.

    What was given out is not given out again that day, on whatever machine.
    """
    configuration = installation.configuration
    local = now.astimezone(configuration.settings.timezone)
    with transaction(installation.engine) as session:
        told = note(session, "trouble-told", "")
        if told == local.date().isoformat() or local.time() < configuration.register.ladder.at:
            return None
        rows = ledger.troubled(session, now - timedelta(days=1))
        held = brake.held(session)
        if not rows and held is None:
            return None
        found = session.get(Note, "trouble-told")
        if found is not None:
            found.value = local.date().isoformat()
    lines = [f"{r.day:%d/%m/%Y}  {r.unit}  {', '.join(r.recipients)}: {r.error}" for r in rows[:_LISTED_AT_MOST]]
    if held is None:
        body = text("These mails were refused:\n\n{mails}", mails="\n".join(lines))
        return text("[nhachan] Mails that did not go out"), body
    body = text(
        "Sending is held since {since}: {reason}. `nhachan release` sends again.\n\n{mails}",
        since=f"{held.since.astimezone(local.tzinfo):%H:%M %d/%m/%Y}",
        reason=held.reason,
        mails="\n".join(lines),
    )
    return text("[nhachan] Sending is held"), body
