"""How listings look: tables in a terminal, plain lines with tabs between the columns when piped."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from scheduler.config.problems import Problem
from scheduler.translation import terminal_language


def complain(problems: Iterable[Problem]) -> None:
    """Problems and warnings on stderr, a line each, `FILE:LINE:COL: what is wrong — what to write instead`."""
    for problem in problems:
        click.echo(problem.render(terminal_language()), err=True)


def show_json(value: Any) -> None:
    """A listing for programs."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def show_json_list(values: Iterable[Any]) -> None:
    """A listing of any length for programs, an object a line, each written when it is known."""
    said = "["
    for value in values:
        click.echo(f"{said}{json.dumps(value, ensure_ascii=False)}", nl=False)
        said = ",\n"
    click.echo("[]" if said == "[" else "]")


def show_table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], empty: str, *, links: bool = False
) -> None:
    """A listing for people. Piped, it is lines of columns with tabs between them, without title and headings.

    With `links`, which people copy, no cell is folded: where a table is too wide for the terminal, rows are blocks.
    """
    found = [list(row) for row in rows]
    if not found:
        click.echo(empty, err=not sys.stdout.isatty())  # a program gets no line; a person is not left wondering
        return
    if not sys.stdout.isatty():
        for row in found:
            click.echo("\t".join(cell.replace("\n", " ").replace("\t", " ") for cell in row))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table(title=title or None, title_justify="left", header_style="bold", expand=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in found:
        table.add_row(*(escape(cell) for cell in row))
    if links and table.__rich_measure__(console, console.options.update_width(_ENDLESS)).maximum > console.width:
        _show_blocks(headings, found)
        return
    console.print(table)


_ENDLESS = 100_000


def _show_blocks(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Each row below its first cell, a line a cell. Only the terminal breaks a long line, and copying mends that."""
    room = max(map(len, headings))
    for first, *others in rows:
        click.secho(first, bold=True)
        for heading, cell in zip(headings[1:], others, strict=True):
            if cell:
                click.echo(f"  {heading:{room}}  {cell}")
