"""Write a page as Vue components."""

from __future__ import annotations

import re

from vl2agent.web2code.emit.components import Component, Part, Prop, Repeat, Words, used, with_list_names
from vl2agent.web2code.emit.harmless import clean
from vl2agent.web2code.emit.html import VOID, attribute, text
from vl2agent.web2code.emit.javascript import constants, quoted
from vl2agent.web2code.emit.nested import nested

DEPENDENCIES = {"vue": "^3.5.0"}
PLUGIN = ("@vitejs/plugin-vue", "vue")
SUFFIX = "vue"
MAIN = """import { createApp } from "vue";
import App from "./App.vue";
import "./style.css";

createApp(App).mount("#app");
"""
_BLANKS = re.compile(r"[\t\n\f\r]| {2}")
"""Blanks that Vue would drop or make one."""


def write_component(component: Component) -> str:
    """Return the file of a component."""
    component, lists = with_list_names(component)
    folder = "./components/" if component.name == "App" else "./"
    script = sorted({f'import {each.component} from "{folder}{each.component}.vue";' for each in used(component)})
    script += [*([""] if script and lists else []), *constants(lists)]
    if component.props:
        script += [
            *([""] if script and script[-1] else []),
            f"defineProps([{', '.join(map(quoted, component.props))}]);",
        ]
    while script and not script[-1]:
        script.pop()
    head = ["<script setup>", *script, "</script>", ""] if script else []
    body = [line for part in component.roots for line in nested(part, "  ", inline=_inline, start=_start)]
    return "\n".join([*head, "<template>", *body, "</template>"]) + "\n"


def _inline(part: Part | Words | Repeat) -> str:
    if isinstance(part, Words):
        return _text(part)
    if isinstance(part, Repeat):
        rows = part.rows.name if isinstance(part.rows, Prop) else part.list_name
        return f'<{part.component} v-for="(each, index) in {rows}" :key="index" v-bind="each" />'
    inside = "".join(map(_inline, part.children))
    return f"<{_start(part)}>" + ("" if part.tag in VOID else f"{inside}</{part.tag}>")


def _text(words: Words) -> str:
    """Write a text; braces and blanks that Vue takes for its own are written as an expression."""
    if isinstance(words.value, Prop):
        return f"{{{{ {words.value.name} }}}}"
    string = clean(words.value)
    if "{{" not in string and not _BLANKS.search(string):
        return text(string)
    escaped = quoted(string)
    for character in "{}&<>":
        escaped = escaped.replace(character, f"\\u{ord(character):04x}")
    return f"{{{{ {escaped} }}}}"


def _start(part: Part) -> str:
    return " ".join([part.tag, *(_attribute(name, value) for name, value in part.attributes.items())])


def _attribute(name: str, value: str | Prop) -> str:
    if isinstance(value, Prop):
        return f':{name}="{value.name}"'
    return f'{name}="{attribute(value)}"'
