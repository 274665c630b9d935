"""Programs of charts that a model wrote: taken out of what stands around them, and checked before anybody runs them.

Checking is no isolation: a program only ever runs in a sandbox. It tells early, and in plain words, of programs that are
none, and of those that want more than a chart needs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from vl2agent.errors import ProgramRefused

LONGEST = 20_000
"""Characters of a program."""
MODULES = frozenset({
    "__future__", "calendar", "collections", "colorsys", "datetime", "decimal", "fractions", "functools", "itertools",
    "math", "matplotlib", "mpl_toolkits", "numpy", "operator", "pandas", "random", "re", "statistics", "string",
    "textwrap", "typing",
})  # fmt: skip
"""What a program may import, and what is in these."""
CALLS = frozenset({
    "__import__", "breakpoint", "compile", "delattr", "eval", "exec", "exit", "getattr", "globals", "input", "locals",
    "open", "quit", "setattr", "vars",
})  # fmt: skip
"""Functions that no chart needs."""
_FENCED = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)


def program_in(reply: str) -> str:
    """Return the program in a reply, the longest where fences hold several.

    Raises:
        ProgramRefused: there is none, it is no Python, or it uses what a chart has no need of.
    """
    fenced = _FENCED.findall(reply[: 4 * LONGEST])
    code = (max(fenced, key=len) if fenced else reply).strip() + "\n"
    if reason := _wrong(code):
        raise ProgramRefused(reply, reason)
    return code


def _wrong(code: str) -> str:
    """Say what is wrong with a program; empty when nothing is."""
    if len(code) > LONGEST:
        return f"it has {len(code)} characters, more than {LONGEST}"
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    imported = set(_imports(tree))
    if foreign := sorted(imported - MODULES):
        return f"it imports {', '.join(foreign)}; a chart may import matplotlib, numpy, pandas, math and the like"
    if "matplotlib" not in imported:
        return "it does not import matplotlib"
    return next(_needless(tree), "")


def _imports(tree: ast.AST) -> Iterator[str]:
    """Yield the top-level modules that are imported; '.' for a relative import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or ".").partition(".")[0] if not node.level else "."


def _needless(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name in CALLS and isinstance(node, ast.Name):
            yield f"line {node.lineno}: it uses {name}"
        elif name.startswith("__") and name != "__name__":
            yield f"line {getattr(node, 'lineno', 0)}: it uses {name}"
