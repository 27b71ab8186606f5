"""The audit trail, for the office: who changed what, when."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col
from starlette.responses import Response

from scheduler.deadlines.plans import Register
from scheduler.reminders.typed import in_one_line
from scheduler.state.tables import Audit
from scheduler.translation import Text
from scheduler.web.office.asking import day_of, holds, page_of, units_found
from scheduler.web.office.trail_words import ACTORS, actor, detail, what
from scheduler.web.office.visit import Visit
from scheduler.web.paging import Paged, found
from scheduler.web.site import Site

FILTERS = ("q", "who", "from", "to")
_ACTIONS = ("hold", "release", "new-key", "login")
_MOST = 200  # names that one question looks for


@dataclass(frozen=True)
class Line:
    """One line of the trail in words."""

    at: datetime
    who: Text
    what: Text
    detail: Text


def trail(visit: Visit) -> Response:
    """A page of the trail, newest first, by the filters in the address."""
    site = visit.site
    names = _Names.of(site.register, visit.query.get("q", ""))
    with Session(site.engine) as session:
        wanted, words = _wanted(site, visit.query, names), bool(visit.query.get("q"))
        rows = page_of(session, Audit, wanted, visit.query.get("page", ""), laborious=words)
    lines = [Line(r.at, actor(site.register, r.actor), what(site.register, r), detail(r)) for r in rows.items]
    days = {name: day_of(visit.query, name) for name in ("from", "to")}
    return visit.page(
        "trail.html",
        "trail",
        paged=Paged(lines, rows.number, rows.last, rows.total),
        query=visit.query,
        names=FILTERS,
        filtered=any(visit.query.get(name) for name in FILTERS),
        days={name: chosen.isoformat() if chosen else "" for name, chosen in days.items()},
        too_many=names.too_many,
    )


def _wanted(site: Site, query: Mapping[str, str], names: "_Names") -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if words := query.get("q", "").strip():
        written = holds(col(Audit.subject) + " " + col(Audit.detail), words)
        wanted.append(or_(written, names.named(), col(Audit.action).in_(_actions(site, words))))
    if words := query.get("who", "").strip():
        language = site.settings.language
        others = [name for name, said in ACTORS.items() if found(words, said.render(language))]
        known = [*units_found(site.register, words), *others]
        wanted.append(or_(col(Audit.actor).in_(known), holds(col(Audit.actor), words)))
    midnight = time(tzinfo=site.settings.timezone)
    if first := day_of(query, "from"):
        wanted.append(col(Audit.at) >= datetime.combine(first, midnight))
    if last := day_of(query, "to"):
        wanted.append(col(Audit.at) < datetime.combine(last, midnight) + timedelta(days=1))
    return wanted


def _actions(site: Site, words: str) -> list[str]:
    """The actions that stand in the trail as sentences in which nothing is named, and that have the words."""
    said = {action: what(site.register, Audit(actor="", action=action)) for action in _ACTIONS}
    return [action for action, words_ in said.items() if found(words, words_.render(site.settings.language))]


@dataclass(frozen=True)
class _Names:
    """The units and obligations whose names have the words: the trail knows them by their ids."""

    units: list[str]
    duties: list[str]
    plans: list[str]

    @classmethod
    def of(cls, register: Register, words: str) -> "_Names":
        words = in_one_line(words, 100)
        if not words:
            return cls([], [], [])
        plans = register.plans.values()
        return cls(
            [unit.id for unit in register.units.values() if found(words, unit.name)],
            [f"{p.id}.{o.id}" for p in plans for o in p.obligations if found(words, o.title, p.title)],
            [plan.id for plan in plans if found(words, plan.title)],
        )

    @property
    def too_many(self) -> bool:
        return len(self.units) + len(self.duties) > _MOST

    def named(self) -> ColumnElement[bool]:
        """That a subject names one of them."""
        ends = [f"[./]({_either(self.units)})$"] if self.units else []
        starts = [f"^({_either(self.duties)})[.]"] if self.duties else []
        starts += [f"^plans/({_either(self.plans)})$"] if self.plans else []
        if self.too_many or not (ends or starts):
            return col(Audit.id).in_(())
        return col(Audit.subject).regexp_match("|".join((*starts, *ends)))


def _either(ids: Iterable[str]) -> str:
    return "|".join(map(re.escape, ids))
