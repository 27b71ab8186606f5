"""Figures in Prometheus' text format; MONITORING.md explains them. Counted when they are asked for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from scheduler.reminders import brake
from scheduler.state.tables import Mail, Submission
from scheduler.web.site import Site

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_MAIL_STATES = ("due", "sending", "sent", "failed", "stale", "empty")
_WAITING = ("due", "sending")


@dataclass(frozen=True)
class Gauge:
    """One figure, or several that a label tells apart."""

    name: str
    help: str
    values: tuple[tuple[str, float], ...]

    def lines(self) -> Iterator[str]:
        """As Prometheus reads it."""
        yield f"# HELP nhachan_{self.name} {self.help}"
        yield f"# TYPE nhachan_{self.name} gauge"
        for labels, value in self.values:
            yield (
                f"nhachan_{self.name}{labels} {value:g}" if value < 1e6 else f"nhachan_{self.name}{labels} {value:.0f}"
            )


def metrics(site: Site) -> str:
    """All figures of a site."""
    return "".join(f"{line}\n" for gauge in (*_known(site), *_counted(site)) for line in gauge.lines())


def _gauge(name: str, help_: str, value: float) -> Gauge:
    return Gauge(name, help_, (("", value),))


def _known(site: Site) -> Iterable[Gauge]:
    now, beat, reload = site.clock(), site.last_beat(), site.reloaded
    yield Gauge("build_info", "The running version.", ((_label("version", site.version), 1),))
    yield _gauge("up", "Whether the daemon does its work.", not site.trouble())
    if beat is not None:
        yield _gauge(
            "last_beat_age_seconds", "Seconds since the pulse last did its work.", (now - beat).total_seconds()
        )
    good = "Whether the configuration on disk is the one in force."
    yield _gauge("config_last_reload_successful", good, not site.problems)
    if reload is not None:
        taken = "When the configuration in force was taken."
        yield _gauge("config_last_reload_success_timestamp_seconds", taken, reload.timestamp())
    yield _gauge("config_warnings", "Warnings of the configuration.", len(site.configuration.warnings))
    yield _gauge("plans", "Plans in the configuration.", len(site.register.plans))
    yield _gauge("units", "Units in the configuration.", len(site.register.units))
    yield _gauge("feeds", "Calendar feeds.", sum(1 for _ in site.links))
    yield _gauge("deadlines", "Dated deadlines in view.", sum(d.send_by is not None for d in site.deadlines))


def _counted(site: Site) -> Iterable[Gauge]:
    """What the database counts; nothing while it cannot be asked."""
    mails = select(col(Mail.state), func.count(), func.min(col(Mail.created))).group_by(col(Mail.state))
    submissions = select(func.count()).select_from(Submission).where(col(Submission.withdrawn).is_(None))
    try:
        with site.engine.connect() as connection:
            rows = connection.execute(mails).all()
            standing = connection.execute(submissions).scalar_one()
            with Session(connection) as session:
                held = brake.held(session) is not None
    except SQLAlchemyError:
        return
    states = dict.fromkeys(_MAIL_STATES, 0) | {str(state): int(count) for state, count, _ in rows}
    yield Gauge("mails", "Mails in the ledger, by state.", tuple((_label("state", s), n) for s, n in states.items()))
    now = site.clock()
    waits = (max(0.0, (now - since).total_seconds()) for state, _, since in rows if state in _WAITING)
    longest = "Seconds that the oldest mail has waited to be sent; 0 where none waits."
    yield _gauge("mail_longest_wait_seconds", longest, max(waits, default=0))
    yield _gauge("held", "Whether sending is held.", held)
    yield _gauge("submissions", "Submissions that stand.", standing)


def _label(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{{{name}="{escaped}"}}'
