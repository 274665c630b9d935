"""Names of buttons that show a sign instead of a word, and how the reading network reads those signs."""

from __future__ import annotations

import re

_SIGNS = {
    "×xX✕✖": ("close", "dismiss", "clear", "delete", "remove", "cancel", "hide"),
    "+＋十✚": ("add", "new", "create", "plus", "zoom in", "increase"),
    "-–—一_": ("minimize", "minimise", "zoom out", "decrease"),
    "□口▢": ("maximize", "maximise", "restore"),
    "↑⬆个": ("up", "upload", "open parent", "move up", "scroll to top"),
    "↓⬇": ("down", "download", "move down"),
    "←<‹": ("back", "previous", "go back"),
    "→>›": ("forward", "next", "go forward"),
    "Q⌕": ("search", "find"),
    "三≡☰": ("menu", "main menu", "open menu"),
    "⋮:…": ("more", "more options", "options"),
    "?？": ("help",),
    "C↻⟳": ("refresh", "reload"),
    "√V∨v▼▾": ("expand", "show more"),
    "^∧▲▴": ("collapse", "show less"),
    "✓": ("confirm", "apply", "done"),
}
_SIGNS_OF = {name: signs for signs, names in _SIGNS.items() for name in names}


def signs_for(name: str) -> str:
    """Return the signs that usually stand for a name, "" when none does; the name's first or last words decide."""
    words = re.findall(r"[a-z]+", name.casefold())
    for count in range(len(words), 0, -1):
        for part in (words[:count], words[-count:]):
            signs = _SIGNS_OF.get(" ".join(part))
            if signs:
                return signs
    return ""
