"""The one running process: a pulse, reloads, signals, the web server.

APScheduler is the pulse and nothing more: a memory store and one idempotent job. What is due and not yet done is asked
of the ledger at each beat, so a lost tick, a week of standstill or a restart in mid-send need no special case. Today's
mails are decided when something may have changed them, and every ten minutes. They go out in a thread of their own,
woken by the pulse: a server that takes its time keeps nothing else waiting.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import OperationalError

from scheduler import __version__, logs, notify
from scheduler.config.load import Configuration, load
from scheduler.config.problems import ConfigError
from scheduler.deciding import Deciding
from scheduler.delivery import Postman
from scheduler.feeds.links import ALL
from scheduler.garbage import Garbage
from scheduler.inbox import Inbox
from scheduler.installation import FeedsError, Installation
from scheduler.mail.catcher import Catcher
from scheduler.mail.password import read_password
from scheduler.mailing import IN_WORDS, Mailing, tell
from scheduler.notices import Notices
from scheduler.reloading import Refusals, tell_what_needs_a_restart
from scheduler.state.lock import hold
from scheduler.state.logins import LINK_LASTS
from scheduler.timing import trusted
from scheduler.translation import Text, text
from scheduler.watching import Signature, Watching, signature
from scheduler.web.server import Server
from scheduler.web.site import Site

log = logging.getLogger("nhachan")

_STOP, _RELOAD, _LOOK = "stop", "reload", "look"
_SILENT = timedelta(minutes=5)
_LATE = timedelta(seconds=70)
_GLANCE = 5.0  # seconds between two looks at a beat that is late
_PULSE = "pulse"
_EVERYTHING = f"{ALL}.ics"


class Daemon:
    """Keeps an installation: materialises its feeds, sends its mails, serves its pages, until it is told to stop.

    `saved` is the signature that the files had before the configuration was read; without it they are read again.
    """

    def __init__(
        self, configuration: Configuration, state: Path, clock: Callable[[], datetime], saved: Signature = ()
    ) -> None:
        self.clock = clock
        if configuration.settings.mail:
            read_password(configuration.settings.mail)  # mail that cannot go out is told now, not on the first day
        self._inbox = Inbox()
        self._busy = threading.Lock()  # one piece of work at a time
        self._garbage = Garbage()
        self._lock_file = hold(state)
        self.installation = Installation.open(configuration, state, thorough=True)
        self.catcher = None if configuration.settings.mail else Catcher(state / "mail")
        self._beat_at = time.monotonic()  # by a clock that nobody sets
        self._last_error: Text | str = ""
        self._published_on = self.installation.today(clock())
        self._mark: tuple[object, ...] = ()
        self._signature = saved
        self._deciding = Deciding()
        self.site = Site(
            configuration=configuration,
            deadlines=(),
            links=self.installation.links,
            engine=self.installation.engine,
            clock=clock,
            problems=(),
            health=self.health,
            mail=self._mail_away,
            caught=self.catcher,
            submissions_changed=lambda: self._inbox.put(_LOOK),
            mail_login=lambda session, address, url: self.notices.login(
                session, address, url, clock(), clock() + LINK_LASTS
            ),
            last_beat=lambda: clock() - self._silence(),
            next_reload=lambda: self.installation.next_reload(clock()),
            reloaded=clock(),
            version=__version__,
            uid_domain=self.installation.uid_domain,
        )
        settings = configuration.settings
        self.server = Server(self.site, settings.web_host, settings.web_port)
        self.postman = Postman(self.installation, self.catcher, alone=self._busy)
        self.notices = Notices(self.postman)
        self.mailing = Mailing(self.postman, self.notices, clock)
        self.site.mail_waits = self.mailing.wake
        self._refusals = Refusals(again=lambda: self._inbox.put(_RELOAD))
        doorbell = self.installation.doorbell
        self.watching = Watching(
            configuration.folder,
            doorbell,
            tell=lambda place: self._inbox.put(_LOOK if place == doorbell else _RELOAD),
        )

    def run(self, ready: Callable[["Daemon"], None]) -> None:
        """Do the work until SIGTERM or SIGINT; SIGHUP reloads. `ready` is called once all is up."""
        pulse = BackgroundScheduler(
            timezone=self.installation.configuration.settings.timezone,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            executors={"default": DebugExecutor()},  # in the thread that waits for the minute: there is one job
        )
        pulse.add_listener(self._job_failed, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        pulse.add_job(self.beat, "cron", second=0, id=_PULSE)
        for number, what in ((signal.SIGTERM, _STOP), (signal.SIGINT, _STOP), (signal.SIGHUP, _RELOAD)):
            signal.signal(number, self._signal_handler(what))
        self._inbox.hear_signals()
        try:
            if self.catcher:
                self.catcher.start()
            if left := self.installation.release():
                found = {"action": "leases-freed", "count": left}
                log.info(
                    "%d mails were in hand when nhachan ended the last time; they are sent again", left, extra=found
                )
            with self._garbage.kept(search=True):
                begun = self._begin()
            self.server.start()
            ready(self)
            notify.ready(self._status())
            if not begun:
                self._publish_at_first(trusted(self.notices, self.clock()))
            self.watching.start()
            self.mailing.start()
            pulse.start()
            self._inbox.put(_LOOK)
            while (what := self._next(pulse)) != _STOP:
                self._reload_told() if what == _RELOAD else self._look()
        finally:
            notify.stopping()
            log.info("stopping", extra={"action": "stopping"})
            self.watching.stop()
            if pulse.running:
                pulse.shutdown(wait=True)
            self.mailing.stop()
            self.server.stop()
            if self.catcher:
                self.catcher.stop()
            self.installation.engine.dispose()
            self._lock_file.close()

    def _begin(self) -> bool:
        """Make ready what is served. Feeds of the last time are good to begin with: then the new ones may follow."""
        moment = trusted(self.notices, self.clock())
        if self._feeds_are_there():
            self.site.deadlines = self.installation.shown(moment)
            return False
        self._publish(moment)
        return True

    def _publish_at_first(self, moment: datetime) -> None:
        try:
            self._publish(moment)
        except FeedsError as error:
            self._beat_failed(error)  # the feeds of the last time are served, and reminders go out

    def _next(self, pulse: BackgroundScheduler) -> str:
        """What is to be done next. Where the pulse sleeps on, because the clock was set back, it is woken."""
        while True:
            until_late = _LATE - self._silence()
            if what := self._inbox.take(max(until_late.total_seconds(), _GLANCE)):
                return what
            if self._silence() > _LATE and not self._busy.locked():
                log.warning("no beat for a minute: the clock was set", extra={"action": "pulse-late"})
                pulse.reschedule_job(_PULSE, trigger="cron", second=0)
                return _LOOK

    def _silence(self) -> timedelta:
        """How long ago the last beat did its work."""
        return timedelta(seconds=time.monotonic() - self._beat_at)

    def _signal_handler(self, what: str) -> Callable[[int, FrameType | None], None]:
        def told(_number: int, _frame: FrameType | None) -> None:
            if what == _STOP:
                self.mailing.end()
            self._inbox.put(what)

        return told

    def _job_failed(self, event: JobExecutionEvent) -> None:
        self._beat_failed(event.exception)

    def _beat_failed(self, error: BaseException | None) -> None:
        self._last_error = tell("pulse-failed", "the pulse failed: %s", error)
        if isinstance(error, (*IN_WORDS, OSError, OperationalError)):
            # What is outside is away: a restart would mend nothing and take the pages down.
            notify.alive(self._status())
        else:
            notify.troubled(self._status())

    def _look(self) -> None:
        """A beat out of turn; the next one in turn comes whatever becomes of it."""
        try:
            self.beat(anew=True)
        except Exception as error:  # noqa: BLE001 -- as with a beat in turn
            self._beat_failed(error)

    def beat(self, *, anew: bool = False) -> None:
        """One pulse: publish on a new day or what changed since, decide today's mails, have sent what waits.

        The mails are decided `anew` where somebody has said that there is something to do.
        """
        now = self.clock()
        with self._busy:
            if anew:
                self._deciding.anew()
            installation = self.installation
            settings = installation.configuration.settings
            moment = trusted(self.notices, now)
            new_day = installation.today(moment) != self._published_on
            failure: FeedsError | None = None
            if new_day or installation.mark() != self._mark or not self._feeds_are_there():
                try:
                    self._publish(moment)
                except FeedsError as error:
                    failure = error  # reminders go on
            if new_day:
                installation.forget(moment)
            if moment == now and self._deciding.due(time.monotonic()):
                began, written = time.monotonic(), installation.remind(now, settings.brake)
                self._deciding.did(began, time.monotonic(), decided=written is not None)
                if written:
                    log.info("%d mails are due", written, extra={"action": "mails-due", "count": written})
            self.notices.trouble(now)
            self._garbage.look()
            self._beat_at = time.monotonic()
        if not failure:
            self._last_error = ""
            notify.alive(self._status())
        if signature(installation.configuration.folder) != self._signature:
            self._inbox.put(_RELOAD)
        self.mailing.wake()  # last: it and the rest would wait for each other in turns
        if failure:
            raise failure

    def _feeds_are_there(self) -> bool:
        return (self.installation.configuration.settings.calendars / _EVERYTHING).exists()

    def _publish(self, now: datetime) -> None:
        installation = self.installation
        self._deciding.anew()
        mark, self._mark = installation.mark(), ()  # if this fails (a full disk, say), the next beat tries again
        self.site.links = installation.renew_links()  # before the feeds, which may take a while
        try:
            written = installation.publish(now)
        finally:
            self.site.deadlines = installation.shown(now)
            self.site.links = installation.links
            self.postman.look_again()
        self._published_on = installation.today(now)
        self._mark = mark
        if written:
            log.info("%d feeds written", len(written), extra={"action": "feeds-written", "count": len(written)})

    def _reload_told(self) -> None:
        notify.reloading()
        try:
            self.reload()
        except Exception as error:  # noqa: BLE001 -- as with a beat; the next one looks at the files again
            self._signature = ()
            self._beat_failed(error)
        finally:
            notify.ready(self._status())

    def reload(self) -> None:
        """Take the configuration as it is now, whole; on any problem the last good one keeps running."""
        now = trusted(self.notices, self.clock())
        old = self.installation.configuration
        self._signature = signature(old.folder)
        try:
            with self._garbage.kept(search=False):
                configuration = load(old.folder, self.installation.today(now))
        except ConfigError as error:
            self.site.problems = error.problems
            if self._refusals.refused(error.problems, self._signature, self.notices, now):
                self.mailing.wake()
            return
        self._refusals.good()
        self.site.problems, self.site.reloaded = (), now
        if configuration.digest == old.digest:
            return
        with self._busy:
            candidate = self.installation.reconfigure(configuration)
            for change in candidate.difference(now):
                extra = {"action": "deadline-changed", "change": change.kind, "deadline": change.key}
                log.info("%s %s", change.kind, change.key, extra=extra)
            self.installation = self.postman.installation = candidate
            self.site.configuration = configuration
            self._mark = ()
            with self._garbage.kept(search=True):
                self._publish(now)
        tell_what_needs_a_restart(old, configuration)
        log.info("the configuration was reloaded", extra={"action": "config-reloaded"})
        self._inbox.put(_LOOK)

    def _status(self) -> str:
        """What `systemctl status` shows, in the language of the log."""
        if self._last_error:
            return logs.safe(f"the last beat failed: {self._last_error}")
        if self.mailing.error or self.postman.away:
            return logs.safe(f"mails wait: {self.mailing.error or self.postman.away}")
        if self.site.problems:
            return f"the configuration has {len(self.site.problems)} problems; the last good one is kept"
        return f"{len(self.site.deadlines)} deadlines in view, pages at {self.site.settings.public_url}"

    def health(self) -> str:
        """Why the daemon does not do its work; empty while it does."""
        silent = self._silence()
        language = self.installation.configuration.settings.language
        if self._last_error:
            return text("the last beat failed: {reason}", reason=self._last_error).render(language)
        if self.mailing.error:
            return text("mails cannot be sent: {reason}", reason=self.mailing.error).render(language)
        if silent > _SILENT:
            minutes = round(silent.total_seconds() / 60)
            return text("no beat for {minutes} minutes", minutes=minutes).render(language)
        return ""

    def _mail_away(self) -> str:
        away = self.postman.away
        return away.render(self.installation.configuration.settings.language) if away else ""
