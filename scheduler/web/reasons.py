"""Why a mail was sent: the rungs of the ledger in words."""

import re

from scheduler.translation import Text, text

_OFFSET = re.compile(r"([-+])(\d{1,4})(wd)?")
_CHANGES = {
    "moved": text("tells of a changed deadline"),
    "withdrawn": text("tells of a withdrawn deadline"),
    "reinstated": text("tells of a deadline that is back"),
}


def reason(rung: str) -> Text:
    """A rung of the ledger as people say it. One that is not known is shown as it is."""
    kind = rung.partition(":")[0]
    if kind in _CHANGES:
        return _CHANGES[kind]
    if rung.startswith("summary"):
        return text("summary of the units that have not reported")
    if rung.startswith("hand"):
        who = rung.removeprefix("hand").strip(":- ")
        return text("reminder asked for by {who}", who=who) if "@" in who else text("reminder that was asked for")
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
