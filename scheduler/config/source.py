"""A file that was read: what it holds, what is wrong with it, and where each part of it stands."""

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from scheduler.config.parser import Parser
from scheduler.config.problems import ON_KEY, Path_, Problem
from scheduler.translation import Text


@dataclass
class Source:
    """One file: how the user would name it, what it holds, and what is wrong with it as YAML.

    `data` is None where the file could not be read at all (`broken`).
    """

    file: str
    path: Path
    raw: bytes = b""
    data: Any = None
    broken: bool = False
    problems: list[Problem] = field(default_factory=list)
    _tree: "Tree | None" = field(default=None, repr=False)

    def problem(self, path: Path_, problem: Text, advice: Text, column: int = 0) -> Problem:
        """A problem with what stands at a path. `column` counts into a text that is written on one line."""
        line, start = self.where(path, column)
        return Problem(self.file, line, start, problem, advice)

    def where(self, path: Path_, column: int = 0) -> tuple[int, int]:
        """Line and column, from 1, of what stands at a path; of the nearest thing around it where there is none."""
        # Composed anew: places are asked for only when something is wrong, and the nodes of a good file are a burden.
        tree = self._tree
        if tree is None and not self.broken:
            tree = self._tree = Tree(Parser(self.raw).get_single_node())
        if tree is None or tree.root is None:
            return 1, 1
        node = at = tree.root
        for place, part in enumerate(path):
            found = tree.children(node).get(part)
            if found is None:
                break
            node = found[1]
            at = found[0] if path[place + 1 :] == ON_KEY else node
        mark = at.start_mark
        if column and isinstance(at, yaml.ScalarNode) and at.end_mark.line == mark.line:
            quote = 1 if at.style in ("'", '"') else 0
            if at.end_mark.column - mark.column == len(at.value) + 2 * quote:
                return mark.line + 1, mark.column + 1 + quote + column
        return mark.line + 1, mark.column + 1

    def rest(self) -> None:
        """Let go of what was made to find places; it is made again when one is asked for."""
        self._tree = None


@dataclass
class Tree:
    """The nodes of a file, and what lies below each of those that were passed."""

    root: yaml.Node | None
    _index: dict[int, dict[str | int, tuple[yaml.Node, yaml.Node]]] = field(default_factory=dict, repr=False)

    def children(self, node: yaml.Node) -> dict[str | int, tuple[yaml.Node, yaml.Node]]:
        """What lies below a node, by key or number, each with its key."""
        found = self._index.get(id(node))
        if found is None:
            found = {}
            if isinstance(node, yaml.MappingNode):
                for key, value in reversed(node.value):
                    found[as_text(key.value) if isinstance(key, yaml.ScalarNode) else ""] = (key, value)
            elif isinstance(node, yaml.SequenceNode):
                found = {number: (value, value) for number, value in enumerate(node.value)}
            self._index[id(node)] = found
        return found


def as_text(value: str) -> str:
    """Text as it is kept: composed letters, nothing but words at its ends."""
    return value.strip() if value.isascii() else unicodedata.normalize("NFC", value).strip()
