"""What a browser can change: a submission is recorded or withdrawn, a unit reminded. By POST, from a page of ours."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from scheduler.config.problems import WrongError
from scheduler.config.values import day
from scheduler.deadlines.plans import Deadline, Unit
from scheduler.reminders import by_hand
from scheduler.reminders.digest import report
from scheduler.reminders.submissions import submit, withdraw
from scheduler.state.database import transaction
from scheduler.translation import Text, text
from scheduler.web.site import Site
from scheduler.web.standing import records

MAX_FORM = 16 * 2**10
_MAX_FIELDS = 20
_KINDS = ("submit", "withdraw", "remind")


class RefusedError(Exception):
    """A form that is not taken; `heading` and `advice` say so to whoever sent it."""

    def __init__(self, status: int, heading: Text, advice: Text) -> None:
        super().__init__(str(heading))
        self.status = status
        self.heading = heading
        self.advice = advice


@dataclass(frozen=True)
class Actor:
    """Who acts: a unit on its page, by its id, or an administrator, by name. `csrf` stands in the forms made for it."""

    name: str
    csrf: str
    is_unit: bool = True

    def gathers(self, deadline: Deadline) -> bool:
        """Whether the reports for a deadline come in at this actor's: then it may record and remind."""
        return not self.is_unit or self.name == deadline.collector


@dataclass(frozen=True)
class Act:
    """What a form asks for: to `submit` or `withdraw` a unit's report for a deadline, or to `remind` it.

    Without a unit all are reminded that have not reported.
    """

    kind: str
    deadline: Deadline
    unit: str
    on: date
    reference: str = ""


def unit_actor(site: Site, unit: Unit) -> Actor:
    """A unit that acts on its page."""
    return Actor(unit.id, site.links.sign(f"act:{unit.id}"))


def check_origin(site: Site, headers: Headers) -> None:
    """Refuse a form that a browser says comes from another site."""
    if is_foreign(site, headers):
        raise forged()


def is_foreign(site: Site, headers: Headers) -> bool:
    """Whether a browser says that a form comes from another site.

    Pages are served without a referrer, so some browsers send `Origin: null`, and over plain HTTP nothing else: then
    the form's own token has to do, as it has where a header is missing.
    """
    foreign = headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
    origin = headers.get("origin", "null")
    if origin != "null":
        ours = urlsplit(site.settings.public_url)
        foreign |= origin.partition("://")[2] not in (headers.get("host"), ours.netloc)
    return foreign


def forged() -> RefusedError:
    """The refusal of a form that may have been made by somebody else."""
    return RefusedError(
        403,
        text("This form was not taken"),
        text("It is out of date, or does not come from your page. Open the page again from its link and repeat."),
    )


async def read_form(request: Request, most: int = MAX_FORM) -> dict[str, str]:
    """The fields of a form, none of them more than a few; RefusedError where it is no form, or too long."""
    unfit = RefusedError(400, text("This form cannot be read"), text("Open the page again from its link and repeat."))
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise unfit
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                advice = text("Shorten what you wrote and send it again.")
                raise RefusedError(413, text("This form is too long"), advice)
    except ClientDisconnect as error:
        raise unfit from error
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=_MAX_FIELDS))
    except ValueError as error:
        raise unfit from error


def read_act(site: Site, actor: Actor, form: Mapping[str, str]) -> Act:
    """What a form from an actor's page asks for; RefusedError where it may not, or makes no sense."""
    if not hmac.compare_digest(form.get("csrf", "").encode(), actor.csrf.encode()):
        raise forged()
    deadline = site.index.by_key.get(form.get("deadline", ""))
    kind, unit = form.get("action", ""), form.get("unit", "")
    known = deadline is not None and deadline.send_by is not None
    if deadline is None or not known or kind not in _KINDS or not (unit in deadline.units or _all(kind, unit)):
        raise RefusedError(
            409,
            text("There is no such report any more"),
            text("The plan has changed meanwhile. Open the page again from its link."),
        )
    if not actor.gathers(deadline) and (actor.name != unit or kind == "remind"):
        raise forged()
    return Act(kind, deadline, unit, _day(site, form.get("on", "")), form.get("reference", ""))


def _all(kind: str, unit: str) -> bool:
    return kind == "remind" and not unit


def _day(site: Site, written: str) -> date:
    today = site.today()
    if not written.strip():
        return today
    try:
        found = day(written.strip())
    except WrongError as error:
        raise RefusedError(400, error.problem, error.advice) from error
    if found > today:
        problem = text("A report cannot have been submitted on a day that has not come")
        raise RefusedError(400, problem, text("Go back and write the day on which it was sent."))
    return found


def carry_out(site: Site, actor: Actor, act: Act) -> None:
    """Record or withdraw a submission, or have units reminded. A collector withdraws only what it recorded itself.

    One at a time: who presses the button twice has pressed it once.
    """
    with site.writing:
        if act.kind == "remind":
            _remind(site, actor, act)
            return
        asked = report(act.deadline, act.unit)
        if act.kind == "withdraw" and actor.is_unit and act.unit != actor.name:
            word = records(site.engine, [act.deadline], site.settings.timezone, act.unit).word(act.deadline, act.unit)
            if word is not None and word.by != actor.name:
                raise forged()
        with transaction(site.engine) as session:
            if act.kind == "submit":
                submit(session, asked, act.on, act.reference, actor.name, site.clock())
            else:
                withdraw(session, asked, actor.name, site.clock())
    site.submissions_changed()


def _remind(site: Site, actor: Actor, act: Act) -> None:
    known = records(site.engine, [act.deadline], site.settings.timezone)
    words = known.of(act.deadline)
    missing = [unit for unit in act.deadline.units if unit not in words and act.unit in ("", unit)]
    if not missing or not known.tracked(act.deadline):
        advice = text("Open the page again to see who has reported.")
        raise RefusedError(409, text("Nobody is to be reminded of this report"), advice)
    now = site.clock()
    with transaction(site.engine) as session:
        written = by_hand.ask(
            *(session, site.register, act.deadline, missing),
            now=now,
            today=site.today(),
            by=actor.name,
            domain=site.uid_domain,
        )
    if not written:
        advice = text("A reminder by hand goes to a unit once an hour at most, and not without an address.")
        raise RefusedError(409, text("No reminder went out"), advice)
    site.mail_waits()
