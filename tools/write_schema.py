"""Write docs/recording.schema.json anew; a test tells when it is out of step with the code."""

from __future__ import annotations

import json
from pathlib import Path

from vl2agent.recording.json_schema import json_schema

SCHEMA = Path(__file__).parents[1] / "docs/recording.schema.json"


def main() -> None:
    """Write it."""
    SCHEMA.write_text(json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
