"""The project around the program: what it is made of, what it promises, what no file of it may say."""

import ast
import gettext
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
IN_VENV = Path(sys.prefix).resolve() == (ROOT / ".venv").resolve()
MADE_HERE = {".git", ".venv", "build", "dist", "state", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}

# Hosts of package indexes and the options that lead to one, written backwards: this file must not say them either.
INDEXES = tuple(name[::-1] for name in ("gro.ipyp", "gro.detsohnohtyp", "lru-xedni", "sknil-dnif"))


def _walk() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if _is_ours(f"{folder}/{name}")]
        yield from (Path(folder) / name for name in names)


def files() -> list[Path]:
    """The project's files: those that git knows or would take; in a copy without git, all that running did not make."""
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return list(_walk())
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def pins() -> dict[str, str]:
    """The releases in constraints.txt, each line of which names exactly one."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [re.fullmatch(r"([a-z0-9.-]+)==([a-z0-9.]+)", line) for line in lines if not line.startswith("#")]
    assert None not in pinned, "a line of constraints.txt is not of the form name==release"
    return {canonicalize_name(pin[1]): pin[2] for pin in pinned if pin}


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for: to build, to run, with PostgreSQL, to develop, to measure."""
    project = PROJECT["project"]
    extras, groups = project["optional-dependencies"].values(), PROJECT["dependency-groups"].values()
    lists = (PROJECT["build-system"]["requires"], project["dependencies"], *extras, *groups)
    return [Requirement(line) for lines in lists for line in lines]


ONLY_TO_MEASURE = [Requirement(line) for line in PROJECT["dependency-groups"]["bench"]]


def test_no_file_names_a_package_index() -> None:
    for path in files():
        content = path.read_bytes().decode("utf-8", errors="ignore")
        assert not any(name in content for name in INDEXES), f"{path.relative_to(ROOT)} names a package index"


def test_mail_leaves_through_one_library_alone() -> None:
    for path in (ROOT / "scheduler").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert "smtplib" not in modules, f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} imports smtplib"


@pytest.mark.parametrize("requirement", wanted(), ids=lambda requirement: requirement.name)
def test_every_requirement_is_pinned_installed_and_met(requirement: Requirement) -> None:
    if requirement.marker and not requirement.marker.evaluate():
        pytest.skip(f"not needed here: {requirement.marker}")
    pin = pins()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(pin, prereleases=True)
    if IN_VENV and requirement not in ONLY_TO_MEASURE:
        assert importlib.metadata.version(requirement.name) == pin


def test_the_environment_holds_nothing_without_a_pin() -> None:
    if not IN_VENV:
        pytest.skip("runs in another environment than .venv")
    installed = {canonicalize_name(found.metadata["Name"]) for found in importlib.metadata.distributions()}
    assert installed - pins().keys() <= {"nhachan", "colorama"}


def test_the_command_is_the_project_s() -> None:
    assert PROJECT["project"]["scripts"] == {"nhachan": "scheduler.cli:main"}
    assert PROJECT["project"]["requires-python"] == ">=3.11"


def test_the_two_promised_commands_are_there() -> None:
    assert re.search(r"^run: .*\n\t@\$\(VENV\)/bin/nhachan --config config --state state run$", MAKEFILE, re.MULTILINE)
    prerequisites = re.search(r"^test: ([a-z ]+) ##", MAKEFILE, re.MULTILINE)
    assert prerequisites is not None
    assert prerequisites[1].split() == ["packages", "lint", "typecheck", "imports", "pytest"]
    gate = ROOT / ".ci" / "run"
    assert gate.read_text(encoding="utf-8").rstrip().endswith("\nmake test")
    assert os.access(gate, os.X_OK)


def test_every_target_that_people_call_is_explained() -> None:
    phony = next(line for line in MAKEFILE.splitlines() if line.startswith(".PHONY: help")).split()[1:]
    explained = re.findall(r"^([a-z-]+):.*## \S", MAKEFILE, re.MULTILINE)
    assert sorted(explained) == sorted(set(phony) - {"packages"})


def test_everything_under_the_program_is_installed_with_it() -> None:
    """A folder of modules is a package, and any other file is named among the package's data."""
    data = [f"scheduler/{pattern}" for pattern in PROJECT["tool"]["setuptools"]["package-data"]["scheduler"]]
    for path in files():
        name = path.relative_to(ROOT)
        if name.parts[0] != "scheduler" or name.suffix == ".po":
            continue
        if name.suffix == ".py":
            assert (path.parent / "__init__.py").is_file(), f"{name.parent} has no __init__.py"
        else:
            assert any(name.match(pattern) for pattern in data), f"{name} is not in package-data of pyproject.toml"


def _forms(words: object) -> list[str]:
    """A sentence in its one form, or in all that it takes in the plural."""
    if isinstance(words, list | tuple):
        return [str(form) for form in words]
    return [str(words or "")]


def _places(sentences: list[str]) -> set[str]:
    return {place for sentence in sentences for _, place, _, _ in Formatter().parse(sentence) if place}


def test_every_sentence_is_translated_and_its_places_are_kept() -> None:
    for source in (ROOT / "scheduler").glob("locale/*/LC_MESSAGES/*.po"):
        with source.open("rb") as lines, source.with_suffix(".mo").open("rb") as compiled:
            catalogue, found = read_po(lines), gettext.GNUTranslations(compiled)
        for message in catalogue:
            originals, words = _forms(message.id), _forms(message.string)
            if not originals[0]:
                continue
            assert all(words), f"{originals[0]!r} is not translated in {source.relative_to(ROOT)}"
            assert not message.fuzzy, originals[0]
            got = found.ngettext(originals[0], originals[-1], 2) if len(originals) > 1 else found.gettext(originals[0])
            assert got in words, f"{originals[0]!r} is not compiled as it stands — run `make translations`"
            foreign = _places(words) - _places(originals)
            assert not foreign, f"{words[0]!r} has places that {originals[0]!r} has not: {foreign}"


def test_the_catalogue_has_every_sentence_of_the_code() -> None:
    methods, options = parse_mapping_cfg(StringIO((ROOT / "babel.cfg").read_text("utf-8")))  # type: ignore[no-untyped-call]
    keywords = DEFAULT_KEYWORDS | {"text": None, "_": None}
    with (ROOT / "scheduler/locale/vi/LC_MESSAGES/nhachan.po").open("rb") as lines:
        known = {_forms(message.id)[0] for message in read_po(lines)}
    sentences = extract_from_dir(str(ROOT), methods, options, keywords, directory_filter=_is_ours)
    missing = {(name, _forms(id_)[0]) for name, _, id_, _, _ in sentences if _forms(id_)[0] not in known}
    assert not missing, f"run `make translations` and translate: {sorted(missing)}"


def _is_ours(folder: str) -> bool:
    path = Path(folder)
    return path.name != "__pycache__" and not (path.parent == ROOT and path.name in MADE_HERE)


def test_the_public_files_are_there() -> None:
    for name in ("LICENSE", "CONTRIBUTING.md", "CHANGELOG.md", "calendars/README.md", "README.md"):
        assert (ROOT / name).stat().st_size > 0, name
    version = importlib.metadata.version("nhachan")
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
