"""What is said of a configuration that was saved: why it was not taken, and what of it needs a restart."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from scheduler.config.load import Configuration
from scheduler.config.problems import Problem
from scheduler.notices import Notices

log = logging.getLogger("nhachan")

_Problems = frozenset[tuple[str, str, str]]

_CALM = 3.0
"""Seconds for which a faulty configuration must have been left alone: some editors save a file in pieces."""


class Refusals:
    """Configurations that were not taken: each is logged at once, and told the administrators once it has lain a while.

    `again` is called when it is time to read the files once more.
    """

    def __init__(self, again: Callable[[], None]) -> None:
        self._again = again
        self._seen: object = None
        self._logged: _Problems = frozenset()
        self._told: _Problems = frozenset()

    def refused(self, problems: tuple[Problem, ...], saved: object, notices: Notices, now: datetime) -> bool:
        """Whether the administrators are told now; `saved` is what tells one saving of the files from another."""
        # A line that moved down because another was added above it makes no other problem.
        what = frozenset((problem.file, str(problem.problem), str(problem.advice)) for problem in problems)
        if what != self._logged:
            self._logged = what
            extra = {"action": "config-refused", "count": len(problems)}
            log.error("the configuration has %d problems; the last good one is kept", len(problems), extra=extra)
            for problem in problems:
                log.error("%s", problem.render("en"), extra={"action": "config-problem"})
        if what == self._told:
            return False
        if saved != self._seen:
            self._seen = saved
            timer = threading.Timer(_CALM, self._again)
            timer.daemon = True
            timer.start()
            return False
        self._told = what
        notices.refused(problems, now)
        return True

    def good(self) -> None:
        """The files are good."""
        if self._logged:
            log.info("the configuration is good again", extra={"action": "config-good"})
        self._seen, self._logged, self._told = None, frozenset(), frozenset()


def tell_what_needs_a_restart(old: Configuration, new: Configuration) -> None:
    """Warn of settings that are read at the start alone."""
    for name in ("web_host", "web_port", "database", "timezone"):
        if getattr(old.settings, name) != getattr(new.settings, name):
            log.warning("%s takes effect after a restart", name, extra={"action": "restart-needed", "setting": name})
    if bool(old.settings.mail) != bool(new.settings.mail):
        log.warning("mail takes effect after a restart", extra={"action": "restart-needed", "setting": "mail"})
