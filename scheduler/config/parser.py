"""PyYAML's parser, stripped: nodes without resolved types, and a limit to how deep they lie inside one another."""

from typing import Any

import yaml

MAX_DEPTH = 32


class TooDeepError(Exception):
    """Nesting beyond `MAX_DEPTH`; line and column from 0."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(line, column)
        self.line = line
        self.column = column


class _Bare:
    """What a composer asks its resolver, answered as quickly as can be: each node's tag is its `implicit` flags."""

    _depth = 0

    def resolve(self, _kind: Any, _value: Any, implicit: Any) -> Any:
        """The flags themselves: for a text, the first is True where it is written without quotes."""
        return implicit

    def descend_resolver(self, parent: yaml.Node | None, _index: Any) -> None:
        """Called on the way into a node."""
        self._depth += 1
        if self._depth > MAX_DEPTH + 1 and parent is not None:
            raise TooDeepError(parent.start_mark.line, parent.start_mark.column)

    def ascend_resolver(self) -> None:
        """Called on the way out of a node."""
        self._depth -= 1


class PurePythonParser(_Bare, yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer):
    """The same where PyYAML was built without libyaml; some ten times slower."""

    def __init__(self, raw: bytes) -> None:
        yaml.reader.Reader.__init__(self, raw)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)


try:
    from yaml._yaml import CParser
except ImportError:
    Parser: Any = PurePythonParser
else:

    class _CParser(_Bare, CParser):
        pass

    Parser = _CParser
