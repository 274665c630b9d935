"""Write a page as React components."""

from __future__ import annotations

import re

from vl2agent.web2code.emit.components import Component, Part, Prop, Repeat, Words, used, with_list_names
from vl2agent.web2code.emit.harmless import clean
from vl2agent.web2code.emit.html import VOID
from vl2agent.web2code.emit.javascript import constants, quoted
from vl2agent.web2code.emit.nested import nested

DEPENDENCIES = {"react": "^19.0.0", "react-dom": "^19.0.0"}
PLUGIN = ("@vitejs/plugin-react", "react")
SUFFIX = "jsx"
MAIN = """import { createRoot } from "react-dom/client";
import App from "./App.jsx";
import "./style.css";

createRoot(document.getElementById("app")).render(<App />);
"""
_NAMES = {
    "class": "className", "for": "htmlFor", "colspan": "colSpan", "rowspan": "rowSpan", "readonly": "readOnly",
    "checked": "defaultChecked",
}  # fmt: skip
_PLAIN = re.compile(r"[^{}<>&\n\\]*")


def write_component(component: Component) -> str:
    """Return the file of a component."""
    component, lists = with_list_names(component)
    folder = "./components/" if component.name == "App" else "./"
    imports = sorted({f'import {each.component} from "{folder}{each.component}.jsx";' for each in used(component)})
    props = f"{{ {', '.join(component.props)} }}" if component.props else ""
    roots = component.roots
    whole = len(roots) == 1 and isinstance(roots[0], Part)
    indent = " " * (4 if whole else 6)
    body = [line for part in roots for line in nested(part, indent, inline=_inline, start=_start)]
    lines = [
        *imports,
        *([""] if imports else []),
        *constants(lists),
        f"export default function {component.name}({props}) {{",
        "  return (",
        *(body if whole else ["    <>", *body, "    </>"]),
        "  );",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _inline(part: Part | Words | Repeat) -> str:
    if isinstance(part, Words):
        return _text(part)
    if isinstance(part, Repeat):
        rows = part.rows.name if isinstance(part.rows, Prop) else part.list_name
        return f"{{{rows}.map((each, index) => <{part.component} key={{index}} {{...each}} />)}}"
    if part.tag in VOID or not part.children or part.tag == "textarea":
        return f"<{_start(part)} />"
    return f"<{_start(part)}>{''.join(map(_inline, part.children))}</{part.tag}>"


def _text(words: Words) -> str:
    if isinstance(words.value, Prop):
        return f"{{{words.value.name}}}"
    string = clean(words.value)
    return string if _PLAIN.fullmatch(string) else f"{{{quoted(string)}}}"


def _start(part: Part) -> str:
    attributes = dict(part.attributes)
    if part.tag == "textarea" and part.children and isinstance(part.children[0], Words):
        attributes["value"] = part.children[0].value
    return " ".join([part.tag, *(_attribute(part.tag, name, value) for name, value in attributes.items())])


def _attribute(tag: str, name: str, value: str | Prop) -> str:
    if name == "value" and tag in ("input", "textarea", "select"):
        name = "defaultValue"
    name = _NAMES.get(name, name)
    if isinstance(value, Prop):
        return f"{name}={{{value.name}}}"
    if not value and name in ("defaultChecked", "disabled", "readOnly", "required", "selected", "multiple", "open"):
        return name
    string = clean(value)
    return f'{name}="{string}"' if _PLAIN.fullmatch(string) and '"' not in string else f"{name}={{{quoted(string)}}}"
