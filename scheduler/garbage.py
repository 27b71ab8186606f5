"""What is in use for long is not searched for garbage.

Of a country's configuration and deadlines a search takes a twelfth of a second, in which nobody gets an answer.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OFTEN = 20


class Garbage:
    """Python's search for garbage, for a process that lives for months."""

    def __init__(self) -> None:
        self._kept = 0

    @contextmanager
    def kept(self, *, search: bool) -> Iterator[None]:
        """What is made here stays. Meanwhile there may be a `search` where much else is made beside it."""
        if not search:
            gc.disable()
        try:
            yield
        finally:
            gc.freeze()
            gc.enable()
            self._kept += 1

    def look(self) -> None:
        """Search everywhere, once enough was kept: some of it was garbage already."""
        if self._kept >= _OFTEN:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            self._kept = 0
