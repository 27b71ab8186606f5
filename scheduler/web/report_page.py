"""The page of one deadline: a unit's own report, or who has reported and who is missing, for whoever waits for them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response, StreamingResponse

from scheduler.deadlines.facts import Timeliness
from scheduler.deadlines.plans import Deadline, Unit
from scheduler.reminders import by_hand
from scheduler.translation import text
from scheduler.web.actions import Actor, carry_out, read_act
from scheduler.web.collected import CSV, XLSX, as_csv, as_xlsx, letter, table
from scheduler.web.paging import Paged, found, paged
from scheduler.web.render import error_page, not_found
from scheduler.web.site import Site
from scheduler.web.standing import State, Word
from scheduler.web.unit.view import Progress, cards_of, progress_on

_AT_ONCE = 100
_WRITABLE = 60
"""More addresses in one mail than this, and mail programs and servers refuse it."""
QUERY = ("show", "q")
_IN_A_WORKBOOK = 20_000
"""More rows than this keep whoever asks, and everybody else, waiting for too long."""


@dataclass(frozen=True)
class Reader:
    """Who reads: a unit at its secret link, or an administrator (no unit). `base` is the path of its pages."""

    site: Site
    actor: Actor
    unit: Unit | None
    base: str
    page: Callable[..., Response]

    def place(self, key: str) -> str:
        """The path of a deadline's page."""
        return f"{self.base}/reports/{quote(key, safe='')}"


@dataclass(frozen=True)
class Missing:
    """A unit that has not reported: when it was last told of it, and how that mail fared; whether it may be now."""

    unit: Unit
    told: by_hand.Last | None
    may_be_reminded: bool


@dataclass(frozen=True)
class ReportView:
    """Who has reported for a deadline and who is missing, as far as one page of it goes."""

    progress: Progress
    on_time: int
    on_stated_day: int
    missing: Paged[Missing] | None
    received: Paged[tuple[Unit, Word]] | None
    addresses: list[str]
    gathers: bool
    remindable: bool
    just_reminded: bool
    passed: bool


def report_page(reader: Reader, key: str, query: Mapping[str, str]) -> Response:
    """The page of a deadline."""
    site, unit, deadline = reader.site, reader.unit, _deadline(reader, key)
    if deadline is None:
        return not_found(site)
    card = cards_of(site, unit, [deadline])[0] if unit is not None and unit.id in deadline.units else None
    progress = _progress(reader, deadline)
    facts = progress.facts if progress else card.facts if card else None
    return reader.page(
        "report.html",
        facts=facts,
        card=card,
        view=_view(reader, deadline, progress, query) if progress else None,
        csrf=reader.actor.csrf,
        me=reader.actor.name,
        me_may_all=not reader.actor.is_unit,
        place=reader.place(key),
        back=f"{reader.base}#{quote(key)}" if unit is not None else "",
        query=query,
        names=QUERY,
    )


def act(reader: Reader, key: str, form: Mapping[str, str], query: Mapping[str, str]) -> Response:
    """A form of the page, done, and back to where it stands; RefusedError where it is not taken."""
    asked = read_act(reader.site, reader.actor, form)
    carry_out(reader.site, reader.actor, asked)
    show = "?show=received" if query.get("show") == "received" else ""
    part = "" if reader.unit is not None and asked.unit == reader.unit.id else "#units"
    return RedirectResponse(f"{reader.place(key)}{show}{part}", 303)


def report_table(reader: Reader, key: str, kind: str) -> Response:
    """The units of a deadline and how they stand, as a table to take along."""
    site, deadline = reader.site, _deadline(reader, key)
    progress = _progress(reader, deadline) if deadline else None
    if progress is None:
        return not_found(site)
    return table_file(site, [progress], f"{key}-{site.today():%Y-%m-%d}", kind)


def table_file(site: Site, reports: list[Progress], name: str, kind: str) -> Response:
    """Reports as a file that a spreadsheet opens."""
    rows = table(reports, site.settings.language)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    if kind == "csv":
        return StreamingResponse(as_csv(rows), media_type=CSV, headers=headers)
    if kind != "xlsx":
        return not_found(site)
    if sum(progress.expected for progress in reports) > _IN_A_WORKBOOK:
        advice = text("Go back and take it as CSV, or the table of one report.")
        return error_page(site, 422, text("This table is too long for a workbook"), advice)
    return Response(as_xlsx(rows), media_type=XLSX, headers=headers)


def letter_page(reader: Reader, key: str) -> Response:
    """The text of a letter to the units whose report for a deadline is missing."""
    site, deadline = reader.site, _deadline(reader, key)
    progress = _progress(reader, deadline) if deadline else None
    if deadline is None or progress is None or not progress.missing:
        return not_found(site)
    signer = reader.unit or site.register.units[deadline.collector]
    return reader.page(
        "letter.html",
        facts=progress.facts,
        letter=letter(progress, signer, site.today(), site.settings.language),
        addresses=progress.addresses if len(progress.addresses) <= _WRITABLE else [],
        back=reader.place(key),
    )


def _deadline(reader: Reader, key: str) -> Deadline | None:
    """A dated deadline that concerns the reader."""
    found_one = reader.site.index.by_key.get(key)
    if found_one is None or found_one.send_by is None:
        return None
    return found_one if reader.unit is None or reader.unit.id in found_one.units or _follows(reader, key) else None


def _follows(reader: Reader, key: str) -> bool:
    if reader.unit is None:
        return True
    return any(d.key == key for d in reader.site.index.following.get(reader.unit.id, ()))


def _progress(reader: Reader, deadline: Deadline) -> Progress | None:
    if not _follows(reader, deadline.key):
        return None
    return progress_on(reader.site, [deadline], reader.unit.id if reader.unit else deadline.collector)[0]


def _view(reader: Reader, deadline: Deadline, progress: Progress, query: Mapping[str, str]) -> ReportView:
    words, number = query.get("q", ""), query.get("page", "")
    counted = Counter(progress.facts.timeliness(word.on) for _, word in progress.received)
    tracked = progress.state is not State.UNTRACKED
    received = None
    missing: Paged[Missing] | None = None
    if query.get("show") == "received" or not progress.missing:
        rows = [(u, word) for u, word in progress.received if found(words, u.name, u.id, word.reference)]
        received = paged(rows, number, _AT_ONCE)
    else:
        units = paged([u for u in progress.missing if found(words, u.name, u.id, *u.email)], number, _AT_ONCE)
        missing = Paged(_missing(reader, deadline, units.items), units.number, units.last, units.total)
    remindable = reader.actor.gathers(deadline) and tracked and bool(progress.missing)
    return ReportView(
        progress=progress,
        on_time=counted[Timeliness.ON_TIME],
        on_stated_day=counted[Timeliness.ON_STATED_DAY],
        missing=missing,
        received=received,
        addresses=progress.addresses if len(progress.addresses) <= _WRITABLE else [],
        gathers=reader.actor.gathers(deadline),
        remindable=remindable,
        just_reminded=remindable and _just_reminded(reader, progress.missing),
        passed=progress.state in (State.OVERDUE, State.STATED_DAY),
    )


def _just_reminded(reader: Reader, missing: Sequence[Unit]) -> bool:
    """Whether all that can be reminded were a moment ago; of very many it is not asked."""
    reachable = [unit.id for unit in missing if unit.email]
    if not 0 < len(reachable) <= _AT_ONCE:
        return False
    with Session(reader.site.engine) as session:
        return len(by_hand.resting(session, reachable, reader.site.clock())) == len(reachable)


def _missing(reader: Reader, deadline: Deadline, units: Sequence[Unit]) -> list[Missing]:
    site, ids = reader.site, [unit.id for unit in units]
    with Session(site.engine) as session:
        told = by_hand.last_told(session, deadline.key, ids)
        resting = by_hand.resting(session, ids, site.clock())
    return [Missing(unit, told.get(unit.id), unit.id not in resting) for unit in units]
