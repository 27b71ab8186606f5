"""The project's own configuration, and the JSON Schema, which describes the same files."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scheduler.config.files import files_of
from scheduler.config.json_schema import json_schema
from scheduler.config.load import load
from scheduler.config.reader import read
from scheduler.config.schema import FILES

CONFIG = Path(__file__).parent.parent.parent / "config"


@pytest.mark.parametrize("today", [date(2018, 1, 1), date(2025, 7, 1), date(2026, 11, 20), date(2030, 1, 1)])
def test_it_loads(today: date) -> None:
    found = load(CONFIG, today)
    assert len(found.register.plans) >= 6
    assert all("provisional" in problem.render("en") for problem in found.warnings)


def kind_of(path: Path) -> str:
    return {"units": "units", "plans": "plan", "workdays": "workdays"}.get(path.parent.name, path.name)


def test_the_schema_describes_every_key_of_the_project() -> None:
    schemas = json_schema()
    assert list(schemas) == list(FILES) == ["nhachan.yaml", "units", "plan", "workdays"]
    for path in files_of(CONFIG):
        schema = schemas[kind_of(path)]
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["title"]
        fits(read(path, str(path)).data, schema, schema)


def fits(data: Any, schema: dict[str, Any], root: dict[str, Any]) -> None:
    """As much of a JSON Schema as tells whether keys are known and values are of the right sort."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    choices = [s for s in schema.get("anyOf", []) if right_sort(data, s, root)]
    assert choices or "anyOf" not in schema, data
    if isinstance(data, dict) and not choices:
        known = schema.get("properties", {})
        assert set(schema.get("required", ())) <= data.keys()
        for key, value in data.items():
            patterns = schema.get("patternProperties", {}).items()
            more = next(
                (value for pattern, value in patterns if re.match(pattern, key)), schema.get("additionalProperties")
            )
            assert key in known or isinstance(more, dict), key
            fits(value, known.get(key, more or {}), root)
    if isinstance(data, list) and not choices:
        for item in data:
            fits(item, schema["items"], root)
    assert right_sort(data, schema, root), (data, schema)


def right_sort(data: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    names = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}
    wanted = schema.get("type", names[type(data)])
    return names[type(data)] in ([wanted] if isinstance(wanted, str) else wanted)


def test_every_key_of_the_schema_says_what_it_is_for() -> None:
    for schema in json_schema().values():
        for part in (schema, *schema.get("$defs", {}).values()):
            for key, value in part.get("properties", {}).items():
                assert value.get("description"), key
