"""JSON Schema of the configuration files, for editors that complete keys and underline mistakes."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

from scheduler.config.schema import FILES

_TITLES = {
    "nhachan.yaml": "nhachan: settings",
    "units": "nhachan: units and groups",
    "plan": "nhachan: a plan",
    "workdays": "nhachan: days off and make-up working days",
}


class _Generator(GenerateJsonSchema):
    """Leaves out nulls, and defaults that only mean that a key may be left out."""

    ignored_warning_kinds = {"non-serializable-default"}  # noqa: RUF012 -- as its parent has it

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        found = super().default_schema(schema)
        if not isinstance(found.get("default"), bool | int) and not (
            isinstance(found.get("default"), str) and found["default"]
        ):
            found.pop("default", None)
        return found

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def json_schema() -> dict[str, Any]:
    """The schema (2020-12) of each sort of file: `nhachan.yaml`, `units`, `plan`, `workdays`."""
    return {
        name: {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        | model.model_json_schema(schema_generator=_Generator)
        | {"title": _TITLES[name]}
        for name, model in FILES.items()
    }
