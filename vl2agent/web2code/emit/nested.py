"""Parts of a component on lines of their own, each one deeper than what holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vl2agent.web2code.emit.components import Part, Repeat, Words


def nested(
    part: Part | Words | Repeat,
    indent: str,
    *,
    inline: Callable[[Part | Words | Repeat], str],
    start: Callable[[Part], str],
) -> Iterator[str]:
    """Yield lines. Line ends between elements count in neither JSX nor Vue; those next to a text do, so it has none.

    Args:
        inline: writes a part on one line.
        start: writes what stands in its opening tag.
    """
    if not isinstance(part, Part) or not part.children or any(isinstance(child, Words) for child in part.children):
        yield indent + inline(part)
        return
    yield f"{indent}<{start(part)}>"
    for child in part.children:
        yield from nested(child, f"{indent}  ", inline=inline, start=start)
    yield f"{indent}</{part.tag}>"
