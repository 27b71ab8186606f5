"""Circles among things that name one another."""

from collections.abc import Iterable, Iterator, Mapping

DEEPEST = 50
"""How long a chain may be; whoever follows one may do so by recursion."""


def circles(arrows: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Each circle once, as the names on it, the first again at the end."""
    done: set[str] = set()
    for start in arrows:
        way: list[str] = []
        on_way: set[str] = set()
        stack: list[Iterator[str]] = [iter((start,))]
        while stack:
            name = next(stack[-1], None)
            if name is None:
                stack.pop()
                if way:
                    done.add(way[-1])
                    on_way.discard(way.pop())
            elif name in on_way:
                yield [*way[way.index(name) :], name]
            elif name not in done and name in arrows:
                way.append(name)
                on_way.add(name)
                stack.append(iter(arrows[name]))


def long_chains(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    """Where there are no circles: the names from which a chain is one longer than `DEEPEST`."""
    depth: dict[str, int] = {}
    found = []
    for start in arrows:
        stack = [start]
        while stack:
            name = stack[-1]
            below = [n for n in arrows.get(name, ()) if n not in depth]
            if below:
                stack.extend(below)
                continue
            stack.pop()
            if name not in depth:
                depth[name] = 1 + max((depth[n] for n in arrows.get(name, ())), default=0)
                if depth[name] == DEEPEST + 1:
                    found.append(name)
    return found
