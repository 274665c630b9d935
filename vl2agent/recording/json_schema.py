"""The format as JSON Schema, for readers in other languages: docs/recording.schema.json."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import TypeAdapter

from vl2agent.recording.schema import EVENT, VERSION, KnownEvent, Manifest

_SUM = {
    "description": "BLAKE2b, 8 bytes, in hex, of the line before ',\"sum\":'.",
    "pattern": "^[0-9a-f]{16}$",
    "type": "string",
}


def json_schema() -> dict[str, Any]:
    """Describe a line of the event file, and under `$defs/Manifest` the manifest."""
    both: tuple[tuple[Any, Any, TypeAdapter[Any]], ...] = (
        ("line", "serialization", EVENT),
        ("manifest", "serialization", TypeAdapter(Manifest)),
    )
    refs, schema = TypeAdapter.json_schemas(both, title=f"vl2agent recording, format {VERSION}: an event's line")
    for kind in get_args(KnownEvent):
        event = schema["$defs"][kind.__name__]
        event["properties"]["sum"] = _SUM
        event["required"] = list(event["properties"])  # every field is written, also where it is as by default
    line = refs["line", "serialization"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, **line}
