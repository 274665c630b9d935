"""The schema in the documentation is that of the code."""

from __future__ import annotations

import json
from pathlib import Path

from vl2agent.recording.json_schema import json_schema
from vl2agent.recording.schema import TYPES

SCHEMA = Path(__file__).parents[3] / "docs/recording.schema.json"


def test_the_documented_schema_is_in_step() -> None:
    """After a change of an event: python tools/write_schema.py."""
    assert json.loads(SCHEMA.read_text("utf-8")) == json.loads(json.dumps(json_schema()))


def test_every_event_is_in_it() -> None:
    """By its type, with its checksum."""
    schema = json_schema()
    assert set(schema["discriminator"]["mapping"]) == TYPES
    assert all("sum" in schema["$defs"][ref["$ref"].rsplit("/", 1)[1]]["required"] for ref in schema["oneOf"])
