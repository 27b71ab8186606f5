"""When today's mails are decided anew: once something may have changed them, and every ten minutes. Pure.

What tells of itself is not waited for. What may change them otherwise (an address is tried again after a while, say)
has ten minutes. Moments are seconds by a clock that nobody sets.
"""

_EVERY = 600.0
_LONG = 0.5  # seconds that deciding takes where a country reports; then it has a twentieth of the time at most
_SHARE = 20


class Deciding:
    """Keeps in mind when it was done last, how long it took, and whether it must be done again."""

    def __init__(self) -> None:
        self._done: float | None = None  # None: they may be others by now
        self._began = self._took = 0.0

    def anew(self) -> None:
        """Today's mails may be others than when they were decided."""
        self._done = None

    def due(self, moment: float) -> bool:
        """Whether they are to be decided now."""
        if self._took > _LONG and moment - self._began < _SHARE * self._took:
            return False
        return self._done is None or moment - self._done >= _EVERY

    def did(self, began: float, ended: float, *, decided: bool) -> None:
        """It was done, or (not `decided`) could not be yet."""
        self._done = began if decided else None
        self._began, self._took = began, ended - began
