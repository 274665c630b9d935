"""Trajectories as other tools write them, of pictures with a red rectangle."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

from drawn_runs import SAVE, drawn

HERE = SAVE.center
GOAL = "save the file"


def picture(number: int) -> bytes:
    """A PNG of 1000x700."""
    stream = io.BytesIO()
    drawn(SAVE, number).frame.image.save(stream, "PNG")
    return stream.getvalue()


def data_url(number: int) -> str:
    """The same as web pages have it."""
    return f"data:image/png;base64,{base64.b64encode(picture(number)).decode()}"


def shot(number: int, call: str = "call_1") -> dict[str, Any]:
    """A screenshot as the Responses API takes it."""
    output = {"type": "input_image", "image_url": data_url(number)}
    return {"type": "computer_call_output", "call_id": call, "output": output}


def call(**action: Any) -> dict[str, Any]:
    """A computer call."""
    return {"type": "computer_call", "call_id": "call_1", "status": "completed", "action": action}


def said(text: str) -> dict[str, Any]:
    """A model's last words."""
    content = [{"type": "output_text", "text": text}]
    return {"type": "message", "role": "assistant", "content": content}


OPENAI: list[dict[str, Any]] = [
    {"role": "user", "content": GOAL},
    {"type": "reasoning", "summary": []},
    call(type="screenshot"),
    shot(0),
    call(type="click", x=HERE.x, y=HERE.y, button="left"),
    shot(1),
    call(type="double_click", x=3, y=4),
    shot(2),
    call(type="keypress", keys=["CTRL", "S"]),
    shot(2),
    call(type="type", text="naïve\n"),
    shot(3),
    call(type="scroll", x=10, y=20, scroll_x=0, scroll_y=-300),
    shot(4),
    call(type="drag", path=[{"x": 1, "y": 2}, {"x": 50, "y": 60}, {"x": 99, "y": 88}]),
    shot(5),
    call(type="wait"),
    shot(5),
    said("It is saved."),
]
ANTHROPIC: list[dict[str, Any]] = [
    {"role": "user", "content": [{"type": "text", "text": GOAL}]},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "t0", "name": "computer", "input": {"action": "screenshot"}}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t0", "content": [{"type": "image", "path": "images/000.png"}]}]},
    {
        "role": "assistant",
        "content": [
            {"type": "text", "text": "I click Save."},
            {
                "type": "tool_use",
                "id": "t1",
                "name": "computer",
                "input": {"action": "left_click", "coordinate": [HERE.x, HERE.y], "text": "ctrl+shift"},
            },
        ],
    },
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "image", "path": "images/001.png"}]}]},
    {
        "role": "assistant",
        "content": [
            {
                "type": "tool_use",
                "id": "t2",
                "name": "computer_batch",
                "input": {
                    "actions": [
                        {"action": "triple_click", "coordinate": [7, 8]},
                        {"action": "key", "text": "Page_Down"},
                        {"action": "left_click_drag", "start_coordinate": [5, 5], "coordinate": [90, 90]},
                        {"action": "scroll", "coordinate": [9, 9], "scroll_direction": "left", "scroll_amount": 2},
                        {"action": "wait", "duration": 2},
                    ]
                },
            }
        ],
    },
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t2", "content": [{"type": "image", "path": "images/002.png"}]}]},
    {"role": "assistant", "content": [{"type": "text", "text": "Done."}]},
]  # fmt: skip


def openai_file(folder: Path, items: list[dict[str, Any]] = OPENAI) -> Path:
    """A list of items."""
    path = folder / "items.json"
    path.write_text(json.dumps(items))
    return path


def anthropic_file(folder: Path, messages: list[dict[str, Any]] = ANTHROPIC) -> Path:
    """A transcript beside its pictures."""
    (folder / "images").mkdir()
    for number in range(3):
        (folder / "images" / f"{number:03}.png").write_bytes(picture(number))
    path = folder / "transcript.jsonl"
    path.write_text("".join(json.dumps(message) + "\n" for message in messages))
    return path


def cua_folder(folder: Path) -> Path:
    """A folder of turns, as the trajectory saver leaves it: pictures are files, and omitted in JSON."""
    run = folder / "2026-01-03_claude_143022_a1b2"
    omitted = {
        "type": "computer_call_output",
        "call_id": "c",
        "output": {"type": "input_image", "image_url": "[omitted]"},
    }
    steps = [call(type="screenshot"), call(type="click", x=HERE.x, y=HERE.y), call(type="keypress", keys=["enter"])]
    for number, item in enumerate(steps):
        turn = run / f"turn_{number:03}"
        turn.mkdir(parents=True)
        response = {"response": {"output": [item]}}
        (turn / "0003_agent_response.json").write_text(json.dumps(response))
        (turn / "0004_screenshot_after.png").write_bytes(picture(number))
        (turn / "0005_computer_call_result.json").write_text(json.dumps({"item": item, "result": [omitted]}))
        (turn / "0010_screenshot_action.png").write_bytes(picture(90))
    last = run / "turn_003"
    last.mkdir()
    (last / "0001_agent_response.json").write_text(json.dumps({"response": {"output": [said("Saved.")]}}))
    (run / "metadata.json").write_text(json.dumps({"kwargs": {"messages": [{"role": "user", "content": GOAL}]}}))
    return run


def ui_tars_file(folder: Path, *replies: str, name: str = "report.json") -> Path:
    """A conversation of UI-TARS-desktop."""
    talk = [{"from": "human", "value": "<image>", "screenshotBase64": base64.b64encode(picture(0)).decode()}]
    for number, reply in enumerate(replies, start=1):
        shown = base64.b64encode(picture(number)).decode()
        talk += [{"from": "gpt", "value": reply}, {"from": "human", "value": "<image>", "screenshotBase64": shown}]
    path = folder / name
    path.write_text(json.dumps({"instruction": GOAL, "conversations": talk}))
    return path
