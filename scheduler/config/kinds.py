"""Kinds of values in the files: how each is checked, and how the JSON Schema describes it."""

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any

from dateutil.relativedelta import relativedelta
from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, PlainValidator, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from scheduler.config import values
from scheduler.config.problems import WrongError, empty
from scheduler.deadlines.plans import Offset, Years
from scheduler.translation import Text, text


@dataclass(frozen=True)
class About:
    """What a key is for, with an example as it would stand after the colon."""

    what: Text
    example: str = ""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(schema)
        found["description"] = str(self.what)
        return found


def _or_number(value: Any) -> Any:
    return values.number_as_text(value)


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


def not_null(value: Any) -> Any:
    """What is written; a key with nothing after it is refused."""
    if value is None:
        raise WrongError(*empty("…"))
    return value


def some(value: list[Any]) -> list[Any]:
    """A list that may be left out, but not be empty."""
    if not value:
        raise WrongError(text("the list is empty"), text("write at least one entry, or leave the key out"))
    return value


def at_least_one(value: list[Any]) -> list[Any]:
    """A list that must be there, with something in it."""
    if not value:
        raise WrongError(text("the list is empty"), text("write at least one entry"))
    return value


def rungs(value: list[Offset]) -> list[Offset]:
    """Distances of reminders, each once."""
    for place, offset in enumerate(some(value)):
        if offset in value[:place]:
            raise WrongError(text("{offset} stands in the list twice", offset=offset), text("take one out"), (place,))
    return value


def after_deadline(value: list[Offset]) -> list[Offset]:
    """Distances of reminders after a deadline."""
    for place, offset in enumerate(rungs(value)):
        if offset.days == 0:
            problem = text("0 days after the deadline is the deadline itself")
            raise WrongError(problem, text("write 1 or more, or put 0 into “before”"), (place,))
    return value


def one_year(value: str) -> int:
    """A year as a key."""
    if not re.fullmatch("[0-9]{4}", value):
        raise WrongError(text("“{value}” is not a year", value=value), text("write one year, such as 2026"))
    return values.real_day(int(value), 1, 1).year


_OR_NUMBER = BeforeValidator(_or_number, json_schema_input_type=str | int)
Line = Annotated[str, AfterValidator(values.line)]
Code = Annotated[str, _OR_NUMBER, AfterValidator(values.line)]
Prose = Annotated[str, AfterValidator(values.prose)]
_ID_SCHEMA = {"type": ["string", "integer"], "pattern": "^[a-z0-9]+([.-][a-z0-9]+)*$"}
Id = Annotated[str, _OR_NUMBER, AfterValidator(values.identifier), WithJsonSchema(_ID_SCHEMA)]
UnitId = Annotated[str, _OR_NUMBER, AfterValidator(values.reference), WithJsonSchema(_ID_SCHEMA)]
Email = Annotated[str, AfterValidator(values.email), WithJsonSchema({"type": "string", "format": "email"})]
Web = Annotated[str, AfterValidator(values.web_address), WithJsonSchema({"type": "string", "format": "uri"})]
Header = Annotated[str, AfterValidator(values.header), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9-]+$"})]
_DAY_SCHEMA = {"type": "string", "pattern": r"^(\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{4})$"}
Day = Annotated[date, PlainValidator(values.day), WithJsonSchema(_DAY_SCHEMA)]
MaybeDay = Annotated[date | None, PlainValidator(values.day), WithJsonSchema(_DAY_SCHEMA)]
Clock = Annotated[
    time | None, PlainValidator(values.clock), WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d\d$"})
]
Stretch = Annotated[
    Years | None,
    PlainValidator(values.years),
    WithJsonSchema({"type": ["integer", "string"], "pattern": r"^\d{4}(-(\d{4})?)?$"}),
]
Length = Annotated[
    relativedelta,
    PlainValidator(values.stretch),
    WithJsonSchema({"type": "string", "examples": ["18 months", "2 years", "90 days"]}),
]
Distance = Annotated[
    Offset,
    PlainValidator(values.offset),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 366}, {"type": "string", "pattern": r"^\d+wd$"}]}
    ),
]
Rung = Annotated[Any, WithJsonSchema({"type": ["integer", "string"], "examples": [1, "5wd", "+3", "overdue"]})]
Emails = Annotated[
    list[Email], BeforeValidator(_as_list, json_schema_input_type=str | list[Email]), AfterValidator(some)
]
Units = Annotated[
    list[UnitId], BeforeValidator(_as_list, json_schema_input_type=str | list[UnitId]), AfterValidator(some)
]
SomeUnits = Annotated[
    list[UnitId], BeforeValidator(_as_list, json_schema_input_type=str | list[UnitId]), AfterValidator(at_least_one)
]
Port = Annotated[int, Field(ge=1, le=65535)]


def _issued(value: Any) -> str:
    """The year or the date of a plan."""
    written = str(value)
    if isinstance(value, str | int) and not isinstance(value, bool) and written.isdecimal():
        return str(one_year(written))
    if isinstance(value, str) and ("/" in written or "-" in written):
        return values.day(value).isoformat()
    raise WrongError(text("this is neither a year nor a date"), text("write 2025 or 2025-03-27"))


Issued = Annotated[str, PlainValidator(_issued), WithJsonSchema({"type": ["integer", "string"]})]
