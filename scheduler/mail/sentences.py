"""What a mail says of one item: how it stands, the sentence to begin with, what is asked of the unit."""

from dataclasses import dataclass
from datetime import date

from scheduler.deadlines.workdays import WorkCalendar
from scheduler.mail.rows import dates_changed
from scheduler.mail.words import Words, sentence
from scheduler.reminders.digest import SUMMARY, Item

_FIRM = 7
"""From so many days overdue on, a mail turns to the unit's leaders."""


def kind_of(item: Item, day: date) -> str:
    """What an item is on a day: overdue, today, soon; moved, withdrawn, reinstated; summary."""
    if item.before is not None:
        return item.rung if item.rung in ("withdrawn", "reinstated") else "moved"
    if item.rung == SUMMARY:
        return "summary"
    if day > item.due:
        return "overdue"
    return "today" if (item.facts.send_by or item.due) <= day else "soon"


@dataclass(frozen=True)
class Speaker:
    """Says it of an item with its title, on a day, in one language."""

    item: Item
    kind: str
    title: str
    day: date
    words: Words
    workdays: WorkCalendar

    def brief(self) -> str:
        """How it stands, in a few words for a subject: `còn 3 ngày`."""
        words, item = self.words, self.item
        match self.kind:
            case "overdue":
                return words.gettext("overdue by {days}", days=self.distance())
            case "today":
                return words.gettext("to be sent today")
            case "soon":
                return words.gettext("{days} left", days=self.distance())
            case "moved":
                return words.gettext("the deadline has changed")
            case "withdrawn":
                return words.gettext("the deadline is withdrawn")
            case "reinstated":
                return words.gettext("the deadline stands again")
        return words.gettext("{missing} of {expected} units missing", missing=len(item.missing), expected=item.expected)

    def status(self) -> str:
        """How it stands, at the head of an entry: days of the calendar with the working days among them."""
        start, end = self._stretch()
        working = self.workdays.between(start, end)
        brief = sentence(self.brief())
        if self.kind != "soon" or self.item.rung.endswith("wd") or working == (end - start).days:
            return brief
        return f"{brief} ({self.words.days(working, working=True)})"

    def distance(self) -> str:
        """How many days are left to the send-by day, or have passed since the last one; as the rung counts them."""
        start, end = self._stretch()
        working = self.item.rung.endswith("wd")
        count = self.workdays.between(start, end) if working else (end - start).days
        return self.words.days(count, working=working)

    def _stretch(self) -> tuple[date, date]:
        due = self.item.due
        if self.day > due:
            return due, self.day
        send_by = self.item.facts.send_by or due
        return self.day, send_by if send_by >= self.day else due

    def headline(self) -> str:
        """The sentence that a mail begins with when this leads it: what to do, by when."""
        words, item, title = self.words, self.item, self.title
        facts = item.facts
        match self.kind:
            case "overdue":
                days = self.distance()
                return words.gettext("“{title}” is overdue by {days}: please send it today.", title=title, days=days)
            case "today":
                when = words.send_by(facts, today=self.day)
                return words.gettext("Please send “{title}” {when}.", title=title, when=when)
            case "soon":
                when, left = words.send_by(facts), self.brief()
                return words.gettext("Please send “{title}” {when} ({left}).", title=title, when=when, left=left)
            case "withdrawn":
                return words.gettext("“{title}” need not be sent: its deadline is withdrawn.", title=title)
            case "reinstated":
                limit = words.limit(facts)
                return words.gettext("The deadline of “{title}” stands again: {limit}.", title=title, limit=limit)
        if item.before is not None:
            old, new = dates_changed(item.before, facts, words)
            return words.gettext("The deadline of “{title}” has changed: {old} → {new}.", title=title, old=old, new=new)
        return words.gettext(
            "{missing} of {expected} units have not sent “{title}” yet ({limit}): please remind them.",
            missing=len(item.missing),
            expected=item.expected,
            title=title,
            limit=words.limit(facts),
        )

    def request(self) -> list[str]:
        """What is asked of the unit, sentence by sentence."""
        words, facts = self.words, self.item.facts
        match self.kind:
            case "overdue":
                return self._overdue()
            case "today":
                return [self._last_chance()]
            case "soon" | "reinstated":
                return [words.gettext("Please send the report {when}.", when=words.send_by(facts))]
            case "moved":
                return [words.gettext("Please keep to the new deadline from now on.")]
            case "withdrawn":
                return [words.gettext("Please disregard earlier reminders of it and remove it from your calendar.")]
        if self.day > self.item.due:
            days = self.distance()
            return [words.gettext("The deadline passed {days} ago. Please urge the units below to report.", days=days)]
        return [self._last_chance(), words.gettext("Please remind the units below.")]

    def _last_chance(self) -> str:
        if self.item.facts.send_by == self.day:
            return self.words.gettext("Today is the last working day that is still in time.")
        return self.words.gettext("The last day that is still in time is {date}.", date=self.words.full(self.item.due))

    def _overdue(self) -> list[str]:
        words, facts = self.words, self.item.facts
        lines = []
        if facts.op == "before" and facts.stated == self.day:
            lines.append(
                words.gettext(
                    "Today is the very date in the plan: a report sent today still counts as sent “on the stated day”."
                )
            )
        if (self.day - self.item.due).days >= _FIRM:
            lines.append(words.gettext("May we ask the head of your office to have the report sent without delay."))
        else:
            lines.append(words.gettext("Please send the report today."))
        lines.append(words.gettext("If something stands in the way, please tell us by replying to this mail."))
        return lines

    def warning(self) -> str:
        """That the dates may still change, where they may."""
        if not self.item.facts.provisional or self.kind == "withdrawn":
            return ""
        return self.words.gettext(
            "Provisional dates: the days off of that year are not announced yet, so they may still change."
        )

    def missing_title(self) -> str:
        """What the list of missing units is called; empty where nothing is collected."""
        words, item = self.words, self.item
        if self.kind == "summary":
            return words.gettext("Units that have not reported")
        if not item.expected:
            return ""
        if not item.missing:
            return words.gettext("All {n} reports to be gathered have come.", n=item.expected)
        return words.gettext(
            "To be gathered first: {missing} of {expected} units have not reported",
            missing=len(item.missing),
            expected=item.expected,
        )
