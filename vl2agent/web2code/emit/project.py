"""A project for Vite around components: what `npm install` and `npm run dev` need, and nothing more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from vl2agent.web2code.emit import react, vue
from vl2agent.web2code.emit.components import fold
from vl2agent.web2code.emit.dress import StyleKind, dress
from vl2agent.web2code.emit.element import Code, Document, Element
from vl2agent.web2code.emit.html import attribute, start_tag, text, write_html

_MOUNT = "/* The components stand in #app; it is no box of its own. */\n#app {\n  display: contents;\n}\n\n"


def write_project(
    document: Document, assets: Mapping[str, bytes], framework: Literal["react", "vue"], *, style: StyleKind = "css"
) -> Code:
    """Return index.html, package.json, the components under src/ and the pictures under public/.

    Raises:
        UnsafeMarkup: the document has what a page from a picture must not have.
    """
    writer = react if framework == "react" else vue
    dressed = dress(document, style)
    app, components = fold(_rooted(dressed.body))
    sources = {f"src/components/{each.name}.{writer.SUFFIX}": writer.write_component(each) for each in components}
    main = "src/main.jsx" if framework == "react" else "src/main.js"
    plugin, name = writer.PLUGIN
    files = {
        "index.html": _page(document, dressed.body, main),
        "package.json": _package(writer.DEPENDENCIES, plugin),
        "vite.config.js": _config(plugin, name),
        main: writer.MAIN,
        f"src/App.{writer.SUFFIX}": writer.write_component(app),
        **sources,
        "src/style.css": _MOUNT + dressed.css.replace('url("assets/', 'url("/assets/'),
    }
    pictures = {f"public/{path}": content for path, content in assets.items()}
    plain = write_html(document, assets, style=style).files
    return Code({**{path: content.encode() for path, content in files.items()}, **pictures}, plain)


def _rooted(element: Element) -> Element:
    """Name pictures as Vite serves what is in public/."""
    children = tuple(child if isinstance(child, str) else _rooted(child) for child in element.children)
    source = {"src": f"/{element.attributes['src']}"} if "src" in element.attributes else {}
    return replace(element, attributes={**element.attributes, **source}, children=children)


def _page(document: Document, body: Element, main: str) -> str:
    direction = ' dir="rtl"' if document.direction == "rtl" else ""
    return f"""<!doctype html>
<html lang="{attribute(document.language or "en")}"{direction}>
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{text(document.title or "Page")}</title>
</head>
{start_tag(body)}
  <div id="app"></div>
  <script type="module" src="/{main}"></script>
</body>
</html>
"""


def _package(dependencies: Mapping[str, str], plugin: str) -> str:
    package = {
        "name": "page",
        "private": True,
        "type": "module",
        "scripts": {"dev": "vite", "build": "vite build", "preview": "vite preview"},
        "dependencies": dependencies,
        "devDependencies": {plugin: "^6.0.0", "vite": "^8.0.0"},
    }
    return json.dumps(package, indent=2) + "\n"


def _config(plugin: str, name: str) -> str:
    return f"""import {{ defineConfig }} from "vite";
import {name} from "{plugin}";

export default defineConfig({{ plugins: [{name}()] }});
"""
