"""What the YAML parser complains about, in words for people who do not know YAML."""

import yaml

from scheduler.translation import Text, text

_INDENT = text("use spaces: put keys that belong together under one another, in the same column")

# A part of the parser's own words, and what to say instead. Where a bracket or a quote was never closed, the place
# where it was opened says more than the place where the parser gave up (`True`).
_SAYINGS: tuple[tuple[str, bool, Text, Text], ...] = (
    (
        "found unexpected end of stream",
        True,
        text("a quotation mark is opened here and never closed"),
        text("close it on the same line"),
    ),
    (
        "found unexpected document indicator",
        True,
        text("a quotation mark is opened here and never closed"),
        text("close it on the same line"),
    ),
    (
        "mapping values are not allowed",
        False,
        text("an unexpected “:”"),
        text("put text that has a colon in it in quotes; else look at the indentation of this line and the one above"),
    ),
    (
        "block sequence entries are not allowed",
        False,
        text("an unexpected “-”"),
        text("begin the list on a line of its own, each entry with “- ”; put text that begins with “-” in quotes"),
    ),
    (
        "mapping keys are not allowed",
        False,
        text("an unexpected “?”"),
        text("put text that begins with “?” in quotes"),
    ),
    (
        "could not find expected ':'",
        True,
        text("this line has no “:”"),
        text("write `key: value`, with a space after the colon"),
    ),
    (
        "found unknown escape character",
        False,
        text("a backslash in double quotes means something special"),
        text("put the text in single quotes '…'"),
    ),
    (
        "escape character code",
        False,
        text("a backslash in double quotes means something special"),
        text("put the text in single quotes '…'"),
    ),
    (
        "hexdecimal number",
        False,
        text("a backslash in double quotes means something special"),
        text("put the text in single quotes '…'"),
    ),
    (
        "did not find expected alphabetic or numeric character",
        True,
        text("text cannot begin with “*” or “&”"),
        text("put it in quotes"),
    ),
    (
        "did not find expected ',' or ']'",
        True,
        text("a bracket [ is opened here and not closed"),
        text("write a list such as [a, b]"),
    ),
    (
        "did not find expected ',' or '}'",
        True,
        text("a bracket {{ is opened here and not closed"),
        text("write {{key: value, key: value}}"),
    ),
    (
        "did not find expected node content",
        False,
        text("a value is missing here"),
        text("write one; put text that begins with a comma or a bracket in quotes"),
    ),
    (
        "did not find expected '-' indicator",
        False,
        text("this line belongs neither to the list above nor to anything else"),
        text("put it in the same column as what it belongs to, and begin each entry of a list with “- ”"),
    ),
    (
        "did not find expected comment or line break",
        False,
        text("text after “|” or “>” must begin on the next line"),
        text("put text that begins with “|” or “>” in quotes"),
    ),
    (
        "did not find expected <document start>",
        False,
        text("this line does not belong to what stands above it"),
        _INDENT,
    ),
    (
        "but found another document",
        False,
        text("a second document begins here (“---”)"),
        text("take the line out, or make it a file of its own"),
    ),
    (
        "incompatible YAML document",
        False,
        text("a line cannot begin with “%”"),
        text("take this line out"),
    ),
    (
        "undefined tag handle",
        False,
        text("text cannot begin with “!”"),
        text("put it in quotes"),
    ),
)


def syntax_problem(error: yaml.MarkedYAMLError, words: str) -> tuple[Text, Text, int, int]:
    """A problem, advice, line and column (from 1) for what the parser says about a file's words."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = words.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    here = lines[line] if line < len(lines) else ""
    said = error.problem or ""
    tab = here[: len(here) - len(here.lstrip(" \t"))].find("\t")
    if tab >= 0 and "quoted scalar" not in (error.context or ""):
        advice = text("put spaces in its place; most editors can do so for you")
        return text("a tab stands where only spaces may"), advice, line + 1, tab + 1
    if "cannot start any token" in said:
        sign = here[column : column + 1]
        if sign == "\t":
            advice = text("put spaces in its place; most editors can do so for you")
            return text("a tab stands where only spaces may"), advice, line + 1, column + 1
        return text("text cannot begin with “{sign}”", sign=sign), text("put it in quotes"), line + 1, column + 1
    if "directive" in (error.context or ""):
        return text("a line cannot begin with “%”"), text("put the text in quotes"), line + 1, 1
    if "did not find expected key" in said:
        before = here[:column].strip()
        if before:
            problem = text("a value ends here, but the line goes on")
            return (
                problem,
                text("put the whole text in quotes, with '' for a single quote inside it"),
                line + 1,
                column + 1,
            )
        return text("this line does not stand in one column with the keys above it"), _INDENT, line + 1, column + 1
    for part, opened, problem, advice in _SAYINGS:
        if part in said:
            if opened and error.context_mark:
                line, column = error.context_mark.line, error.context_mark.column
            return problem, advice, line + 1, column + 1
    advice = text("compare it with the examples in the documentation")
    return text("this is not well-formed YAML: {words}", words=said), advice, line + 1, column + 1
