"""The JSON schema of a Pydantic model, as narrow as what the model accepts."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from vl2.errors import GrammarError

_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Give the schema of JSON that a model accepts.

    Raises:
        GrammarError: a field has none.
    """
    try:
        return model.model_json_schema(schema_generator=_Narrow)
    except PydanticUserError as error:
        raise GrammarError(f"expected a model that has a JSON schema: {error.message}") from None


class _Narrow(GenerateJsonSchema):
    def decimal_schema(self, schema: core_schema.DecimalSchema) -> dict[str, Any]:
        """Write decimals as numbers: Pydantic's own schema allows any text beside them."""
        digits = schema.get("max_digits")
        places = schema.get("decimal_places", 0 if digits else 6)
        number: dict[str, Any] = {"type": "number", "multipleOf": 10**-places}
        if digits:
            number |= {"exclusiveMinimum": -(10 ** (digits - places)), "exclusiveMaximum": 10 ** (digits - places)}
        return number | {name: float(schema[key]) for key, name in _BOUNDS.items() if key in schema}  # type: ignore[literal-required]
