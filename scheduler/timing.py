"""Whether the machine's clock is to be believed, and what follows where it is not."""

import logging
from datetime import datetime

from scheduler.notices import Notices
from scheduler.reminders import brake
from scheduler.state.database import transaction
from scheduler.translation import text

log = logging.getLogger("nhachan")


def trusted(notices: Notices, now: datetime) -> datetime:
    """The moment to go by: the clock's, or the last good one where it jumped; then sending is held till it is right."""
    installation = notices.installation
    held = right = False
    with transaction(installation.engine) as session:
        moment, jumped = brake.trusted(session, now)
        reason = text(
            "this machine's clock jumped from {before} to {now} (where that is wrong, set it right: mails then go on "
            "by themselves)",
            before=f"{moment:%Y-%m-%d}",
            now=f"{now:%Y-%m-%d}",
        )
        if jumped:
            language = installation.configuration.settings.language
            held = brake.hold(session, reason.render(language), brake.CLOCK, now)
        else:
            right = brake.clock_is_right(session, now)
    if held:
        log.error("%s; sending is held", reason, extra={"action": "clock-jumped"})
    if right:
        log.warning("the clock is right again; sending goes on", extra={"action": "clock-right"})
        notices.clock_is_right(now)
    return moment
