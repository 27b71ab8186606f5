"""A server that does not let us in is left alone for a while: many lock an account after some wrong passwords."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

_PAUSES = (1, 5, 15, 30, 60)  # minutes


@dataclass(frozen=True)
class Shut:
    """Until when it is left alone, unless there is another password; after how many tries."""

    password: str = field(repr=False)
    until: datetime
    times: int

    @classmethod
    def after(cls, before: Self | None, password: str, now: datetime) -> Self:
        """One more refusal."""
        times = before.times + 1 if before and before.password == password else 1
        return cls(password, now + timedelta(minutes=_PAUSES[min(times, len(_PAUSES)) - 1]), times)

    def stands(self, password: str, now: datetime) -> bool:
        """Whether it is too early to ask again; a clock that was set back makes it no longer than any pause is."""
        return password == self.password and now < self.until <= now + timedelta(minutes=_PAUSES[-1])
