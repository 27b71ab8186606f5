"""Submissions: a unit's word, or its collector's, that it has reported."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from sqlalchemy import CTE, ColumnElement, String, and_, column, values
from sqlmodel import Session, col, select

from scheduler.deadlines.duty import Duty
from scheduler.reminders.digest import Report
from scheduler.reminders.typed import in_one_line
from scheduler.state.database import in_parts, insert_new
from scheduler.state.tables import Audit, Submission

_REFERENCE = 100  # characters of a document's number


def submitted(session: Session, of: Collection[Duty] | None = None) -> set[Report]:
    """All reports whose submission stands; or those `of` some duties."""
    wanted = select(Submission.plan, Submission.obligation, Submission.period, Submission.unit)
    standing = wanted.where(col(Submission.withdrawn).is_(None))
    if of is None:
        return {Report(*row) for row in session.exec(standing)}
    found: set[Report] = set()
    for part in in_parts(of):
        duties = asked(part)
        found.update(Report(*row) for row in session.execute(standing.join_from(duties, Submission, one_of(duties))))
    return found


def asked(duties: Collection[Duty]) -> CTE:
    """Duties as a table to join with. SQLite looks each up in an index; with a list of triples it reads every row."""
    return values(*(column(name, String) for name in Duty._fields), name="duties").data(list(duties)).cte("asked")


def one_of(duties: CTE) -> ColumnElement[bool]:
    """Whether a submission is one for such a duty."""
    return and_(
        col(Submission.plan) == duties.c.plan,
        col(Submission.obligation) == duties.c.obligation,
        col(Submission.period) == duties.c.period,
    )


def history(session: Session, reports: Iterable[tuple[str, str, str]]) -> dict[Report, list[Submission]]:
    """Every submission, also the withdrawn ones, of (plan, obligation, period) triples; oldest first."""
    wanted = set(reports)
    found: dict[Report, list[Submission]] = {}
    for row in session.exec(select(Submission).order_by(col(Submission.id))):
        if (row.plan, row.obligation, row.period) in wanted:
            found.setdefault(Report(row.plan, row.obligation, row.period, row.unit), []).append(row)
    return found


def standing(session: Session, report: Report) -> Submission | None:
    """The submission of a report that stands, or None."""
    wanted = select(Submission).where(
        Submission.plan == report.plan,
        Submission.obligation == report.obligation,
        Submission.period == report.period,
        Submission.unit == report.unit,
        col(Submission.withdrawn).is_(None),
    )
    return session.exec(wanted.with_for_update()).first()


def submit(session: Session, report: Report, on: date, reference: str, by: str, now: datetime) -> bool:
    """Record a submission; False, and nothing changed, where one stands already."""
    session.flush()
    reference = in_one_line(reference, _REFERENCE)
    values = {"submitted_on": on, "reference": reference, "recorded_at": now, "recorded_by": by}
    row = insert_new(session, Submission).values(**report._asdict(), **values)
    stands = col(Submission.withdrawn).is_(None)
    new = row.on_conflict_do_nothing(index_elements=list(report._fields), index_where=stands)
    if session.execute(new.returning(col(Submission.id))).first() is None:
        return False
    session.add(Audit(at=now, actor=by, action="submit", subject=".".join(report), detail=reference))
    return True


def withdraw(session: Session, report: Report, by: str, now: datetime) -> bool:
    """Withdraw a submission, keeping its row; False where none stands."""
    row = standing(session, report)
    if row is None:
        return False
    row.withdrawn = now
    session.add(row)
    session.add(Audit(at=now, actor=by, action="withdraw", subject=".".join(report)))
    return True
