"""What a browser can change: a submission is recorded or withdrawn. By POST alone, from a page of ours alone."""

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
from scheduler.reminders.digest import report
from scheduler.reminders.submissions import submit, withdraw
from scheduler.state.database import transaction
from scheduler.translation import Text, text
from scheduler.web.site import Site
from scheduler.web.standing import records

MAX_FORM = 16 * 2**10
_MAX_FIELDS = 20


class RefusedError(Exception):
    """A form that is not taken; `heading` and `advice` say so to whoever sent it."""

    def __init__(self, status: int, heading: Text, advice: Text) -> None:
        super().__init__(str(heading))
        self.status = status
        self.heading = heading
        self.advice = advice


@dataclass(frozen=True)
class Act:
    """What a form asks for: `submit` or `withdraw` a unit's report for a deadline."""

    kind: str
    deadline: Deadline
    unit: str
    on: date
    reference: str = ""


def form_token(site: Site, unit: str) -> str:
    """The proof in a form that it came from this unit's page."""
    return site.links.sign(f"act:{unit}")


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


def read_act(site: Site, actor: Unit, form: Mapping[str, str]) -> Act:
    """What a form from a unit's page asks for; RefusedError where it may not, or makes no sense."""
    if not hmac.compare_digest(form.get("csrf", "").encode(), form_token(site, actor.id).encode()):
        raise forged()
    deadline = site.index.by_key.get(form.get("deadline", ""))
    kind, unit = form.get("action", ""), form.get("unit", "")
    if deadline is None or deadline.send_by is None or unit not in deadline.units or kind not in ("submit", "withdraw"):
        raise RefusedError(
            409,
            text("There is no such report any more"),
            text("The plan has changed meanwhile. Open the page again from its link."),
        )
    if actor.id not in (unit, deadline.via):
        raise forged()
    return Act(kind, deadline, unit, _day(site, form.get("on", "")), form.get("reference", ""))


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


def carry_out(site: Site, actor: Unit, act: Act) -> None:
    """Record or withdraw a submission. A collector withdraws only what it recorded itself.

    One at a time: who presses the button twice has pressed it once.
    """
    asked = report(act.deadline, act.unit)
    with site.writing:
        if act.kind == "withdraw" and act.unit != actor.id:
            word = records(site.engine, [act.deadline], site.settings.timezone).word(act.deadline, act.unit)
            if word is not None and word.by != actor.id:
                raise forged()
        with transaction(site.engine) as session:
            if act.kind == "submit":
                submit(session, asked, act.on, act.reference, actor.id, site.clock())
            else:
                withdraw(session, asked, actor.id, site.clock())
    site.submissions_changed()
