"""Why a mail was sent: the rungs of the ledger in words."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from scheduler.deadlines.facts import Facts, facts_of
from scheduler.deadlines.words import full_title
from scheduler.reminders.by_hand import HAND
from scheduler.reminders.digest import SUMMARY
from scheduler.state.tables import Audit, Mail, MailItem, Publication
from scheduler.translation import Text, text
from scheduler.web.office.trail_words import actor
from scheduler.web.site import Site

_OFFSET = re.compile(r"([-+])(\d{1,4})(wd)?")
_CHANGES = {
    "moved": text("tells of a changed deadline"),
    "withdrawn": text("tells of a withdrawn deadline"),
    "reinstated": text("tells of a deadline that is back"),
}

_NAMED = 3  # reports that a line names for each reason


class Named(NamedTuple):
    """A report as people call it; `key` is that of its page, where it has one."""

    title: str
    key: str


@dataclass(frozen=True)
class Why:
    """One reason for a mail: the reports that it is about, of which so many more are not named."""

    words: Text
    reports: Sequence[Named]
    more: int


def reasons_of(session: Session, site: Site, mails: Collection[Mail]) -> dict[int | None, list[Why]]:
    """Of each mail (by number) why it was sent, with some of the reports that each reason is for."""
    wanted = select(MailItem).where(col(MailItem.mail_id).in_([mail.id for mail in mails]))
    items = session.exec(wanted.order_by(col(MailItem.id))).all()
    made = {mail.id: mail.created for mail in mails}
    hands = _who_asked(session, {made[item.mail_id] for item in items if is_by_hand(item.rung)})
    by_mail: dict[int | None, dict[str, list[str]]] = {}
    words: dict[str, Text] = {}
    for item in items:
        by = hands.get((f"{item.deadline}.{item.unit}", made[item.mail_id]))
        said = reason(item.rung, actor(site.register, by) if by else None)
        words[str(said)] = said  # the rungs of a summary's days are one reason
        by_mail.setdefault(item.mail_id, {}).setdefault(str(said), []).append(item.deadline)
    named = {key for found in by_mail.values() for keys in found.values() for key in keys[:_NAMED]}
    titles = _named(session, site, named)
    return {
        mail: [Why(words[w], [titles[k] for k in keys[:_NAMED]], len(keys[_NAMED:])) for w, keys in found.items()]
        for mail, found in by_mail.items()
    }


def _who_asked(session: Session, moments: Collection[datetime]) -> dict[tuple[str, datetime], str]:
    """Who asked for reminders by hand at these moments, by what was asked for."""
    if not moments:
        return {}
    asked = select(Audit).where(Audit.action == "remind", col(Audit.at).in_(moments))
    return {(row.subject, row.at): row.actor for row in session.exec(asked)}


def _named(session: Session, site: Site, keys: Iterable[str]) -> dict[str, Named]:
    """Deadlines by key as people call them; those that no plan has any more as they were published last."""
    language, known = site.settings.language, site.index.by_key
    found = {key: Named(key, "") for key in keys}
    for key in found.keys() & known.keys():
        found[key] = Named(full_title(facts_of(known[key], site.register), language), key)
    gone = select(Publication).where(col(Publication.key).in_(found.keys() - known.keys()))
    for row in session.exec(gone):
        found[row.key] = Named(full_title(Facts.from_json(row.facts), language) or row.key, "")
    return found


def is_by_hand(rung: str) -> bool:
    """Whether somebody asked for this reminder."""
    return rung.startswith(HAND)


def reason(rung: str, by: Text | None = None) -> Text:
    """A rung of the ledger as people say it, `by` whom it was asked for. One that is not known is shown as it is."""
    kind = rung.partition(":")[0]
    if kind in _CHANGES:
        return _CHANGES[kind]
    if rung.startswith(SUMMARY):
        return text("summary of the units that have not reported")
    if is_by_hand(rung):
        return text("reminder asked for by {who}", who=by) if by else text("reminder that was asked for")
    if rung == "0":
        return text("reminder on the send-by day")
    found = _OFFSET.fullmatch(rung)
    if not found:
        return text("another reason ({rung})", rung=rung)
    sign, days, working = found.groups()
    if sign == "-" and working:
        return text("reminder {days} working days before", days=int(days))
    if sign == "-":
        return text("reminder {days} days before", days=int(days))
    if working:
        return text("{days} working days overdue", days=int(days))
    return text("{days} days overdue", days=int(days))
