"""A model's calls in the report: what each part of a prompt cost, what was sent, what came back."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from vl2agent.calls import Bill, ModelCall
from vl2agent.completion import Message, Part, Picture, Ref

HUES = 8
"""Colours that the parts of a ledger take turns with (page.css has as many)."""


def calls_html(calls: Iterable[ModelCall]) -> str:
    """Show the calls of one step, closed until somebody opens them; nothing without calls."""
    shown = "".join(_call(call) for call in calls)
    return f'<div class="calls">{shown}</div>' if shown else ""


def prompt_text(message: Message) -> str:
    """Write a turn as people read it: pictures named, words to be found in quotes."""
    return "".join(_part(part) for part in message.parts)


def _call(call: ModelCall) -> str:
    bill, reply = call.bill, call.reply
    used = f"{bill.prompt_tokens} + {bill.reserve} of {bill.window} tokens"
    answer = escape(reply.text) if reply else f'<span class="bad">{escape(call.error)}</span>'
    told = f", {reply.usage.completion_tokens} tokens, {reply.stop_reason}" if reply else ""
    sent = "\n".join(prompt_text(message) for message in call.prompt.messages)
    shown = ", ".join(f"{box} at {size}" for box, size in zip(call.regions, call.sizes, strict=True))
    return (
        f'<details class="call"><summary><b>{call.purpose}</b> {used} · {call.seconds:.2f} s'
        f"{told}<code>{answer}</code></summary>{_ledger(bill)}"
        f'<p class="soft">{escape(shown)}</p><pre>{escape(sent)}</pre></details>'
    )


def _ledger(bill: Bill) -> str:
    """Draw the window: a piece for each part, then what is kept for the reply, then what is free."""
    parts = [(charge.name, charge.tokens, f"hue{n % HUES}") for n, charge in enumerate(bill.charges)]
    parts += [("reply", bill.reserve, "reserve"), ("free", bill.free, "free")]
    pieces = "".join(
        f'<span class="{kind}" style="flex-grow:{tokens}" title="{escape(name)}: {tokens}"></span>'
        for name, tokens, kind in parts
        if tokens > 0
    )
    words = "".join(
        f'<li><span class="{kind}"></span>{escape(name)} {tokens}</li>' for name, tokens, kind in parts if tokens
    )
    return f'<div class="ledger">{pieces}</div><ul class="ledger-parts">{words}</ul>'


def _part(part: Part) -> str:
    if isinstance(part, Picture):
        return "[picture]\n"
    return f"“{part.words}”" if isinstance(part, Ref) else part
