"""Dates, hours and numbers of days as people write them, in the reader's language."""

from dataclasses import dataclass
from datetime import date, time

from scheduler.deadlines.facts import Facts
from scheduler.deadlines.words import long_day, short_day, weekday
from scheduler.translation import Text, catalogue


@dataclass(frozen=True)
class Words:
    """Words in one language. `gettext` and `ngettext` fill the `{name}` places of a translated sentence."""

    language: str

    def gettext(self, original: str, /, **values: object) -> str:
        """A sentence."""
        return Text(original, values).render(self.language)

    def ngettext(self, one: str, many: str, n: int, /, **values: object) -> str:
        """A sentence with a number in it, `{n}`."""
        return catalogue(self.language).ngettext(one, many, n).format(n=n, **values)

    def weekday(self, day: date) -> str:
        """`thứ Hai`, `Monday`."""
        return weekday(day, self.language)

    def short(self, day: date) -> str:
        """A date without its weekday: `15/5/2023`, `15 May 2023`."""
        return short_day(day, self.language)

    def full(self, day: date) -> str:
        """A date with its weekday: `thứ Hai, 15/5/2023`, `Monday, 15 May 2023`."""
        return long_day(day, self.language)

    def hour(self, at: time) -> str:
        """`15 giờ 00`, `15:00`."""
        return self.gettext("{hour}:{minute}", hour=f"{at:%H}", minute=f"{at:%M}")

    def days(self, count: int, *, working: bool = False) -> str:
        """`3 ngày`, `5 ngày làm việc`."""
        if working:
            return self.ngettext("{n} working day", "{n} working days", count)
        return self.ngettext("{n} day", "{n} days", count)

    def limit(self, facts: Facts) -> str:
        """The stated bound in its shortest form: `trước 15/5/2023`, `chậm nhất 25/11/2025`."""
        if facts.stated is None:
            return facts.spoken
        when = self.short(facts.stated)
        if facts.hour:
            when = self.gettext("{hour} on {date}", hour=self.hour(facts.hour), date=when)
        return self._bound(facts, when)

    def send_by(self, facts: Facts, *, today: date | None = None) -> str:
        """By when it is best sent: `chậm nhất thứ Sáu, 12/5/2023`; on that very day, `trong hôm nay, …`."""
        day = facts.send_by or facts.last_day
        if day is None:
            return facts.spoken
        when = self.full(day)
        if facts.at and day == facts.stated:
            hour = self.hour(facts.at)
            if day == today:
                return self._bound(facts, self.gettext("{hour} today, {date}", hour=hour, date=when))
            weekday, short = self.weekday(day), self.short(day)
            when = self.gettext("{hour} on {weekday}, {date}", hour=hour, weekday=weekday, date=short)
            return self._bound(facts, when)
        if day == today:
            return self.gettext("today, {date}", date=when)
        return self.gettext("by {date}", date=when)

    def until(self, hour: time, facts: Facts) -> str:
        """An hour with the bound of its deadline: `trước 15 giờ 00`."""
        return self._bound(facts, self.hour(hour))

    def _bound(self, facts: Facts, when: str) -> str:
        if facts.op == "before":
            return self.gettext("before {date}", date=when)
        return self.gettext("by {date}", date=when)

    def stated(self, facts: Facts) -> str:
        """The plan's own words, with what its date is: `trước ngày 15/5/2023 (thứ Hai)`."""
        if facts.stated is None:
            return facts.spoken
        named = {f"{d}/{m}/{y}" for d, m, y in _spellings(facts.stated)}
        if self.language == "vi" and any(name in facts.spoken for name in named):
            date_ = self.weekday(facts.stated)
        else:
            date_ = self.full(facts.stated)
        return self.gettext("“{wording}” ({date})", wording=facts.spoken, date=date_)


def sentence(words: str) -> str:
    """Words with a capital at their head."""
    return words[:1].upper() + words[1:]


def _spellings(day: date) -> list[tuple[str, str, int]]:
    days = {str(day.day), f"{day.day:02}"}
    months = {str(day.month), f"{day.month:02}"}
    return [(d, m, day.year) for d in sorted(days) for m in sorted(months)]
