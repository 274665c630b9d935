"""A style sheet that people read: each thing said once, in a place and under a name where they look for it."""

from __future__ import annotations

import re

from sample_documents import around, font, sample, words

from vl2agent.web2code.emit.colors import color_name, name_colors
from vl2agent.web2code.emit.element import Document, Element
from vl2agent.web2code.emit.html import write_html
from vl2agent.web2code.emit.shorthand import shorten


def css_of(document: Document) -> str:
    """Return the whole style sheet."""
    return write_html(document, {}).files["style.css"].decode()


def rules_of(document: Document) -> dict[str, str]:
    """Return the declarations of every rule outside the reset, on one line."""
    blocks = re.findall(r"^([^\s@}][^{}]*) \{\n([^}]*)\}", css_of(document), re.MULTILINE)
    return {selector: " ".join(inside.split()) for selector, inside in blocks}


def test_the_body_has_the_font_that_most_text_has() -> None:
    """What most characters look like is said once."""
    rules = rules_of(sample())
    assert "font-family: Arial, sans-serif; font-size: 16px; line-height: 24px" in rules["body"]
    assert css_of(sample()).count("Arial") == 1


def test_what_is_inherited_is_not_said_again() -> None:
    """A text like the body's needs no rule."""
    document = around(*(words("p", "text", font(16), "Words.") for _ in range(2)))
    assert ".text" not in rules_of(document)


def test_a_bold_text_in_a_plain_page_stays_bold() -> None:
    """The few that differ say so themselves."""
    document = around(words("p", "note", font(16, weight="700"), "Bold"), words("p", "text", font(16), "Plain. " * 9))
    assert rules_of(document)[".note"] == "font-weight: 700;"


def test_a_list_of_links_is_one_rule() -> None:
    """What all items share is said by what holds them."""
    rules = rules_of(sample())
    assert rules[".nav-list"].endswith("list-style: none; color: #fff; font-size: 14px;")
    assert ".nav-link" not in rules


def test_siblings_share_a_rule_and_one_that_differs_says_only_that() -> None:
    """Three cards, one of them with another border."""
    rules = rules_of(sample())
    assert "padding: 16px 20px" in rules[".card"]
    assert rules[".card-2"] == "border-left: 4px solid #1cc88a;"


def test_every_class_of_the_page_has_a_rule_and_every_rule_a_class() -> None:
    """Nothing is left over on either side."""
    files = write_html(sample(), {}).files
    used = {name for value in re.findall(r'class="([^"]*)"', files["index.html"].decode()) for name in value.split()}
    assert used == set(re.findall(r"\.([a-z][a-z0-9-]*)(?=[\s,])", files["style.css"].decode()))


def test_no_rule_is_empty() -> None:
    """A name without a look needs no rule."""
    assert not re.search(r"\{\s*\}", css_of(sample()))


def test_narrow_windows_have_one_block() -> None:
    """All their declarations stand together, at the end."""
    css = css_of(sample())
    assert css.count("@media") == 1
    assert ".card {\n    padding-left: 8px;\n  }" in css.partition("@media (max-width: 640px)")[2]


def test_repeated_colours_have_a_name() -> None:
    """A colour that is used three times is said once."""
    css = css_of(sample())
    assert css.count("#4e73df") == 1
    assert "--blue: #4e73df;" in css


def test_sides_become_shorthands() -> None:
    """Four sides are one property."""
    sides = {f"padding-{side}": "8px" for side in ("top", "right", "bottom", "left")}
    assert shorten(sides) == {"padding": "8px"}
    assert shorten({"margin-top": "4px", "margin-left": "8px"}, alone=True) == {"margin": "4px 0 0 8px"}
    assert shorten({"row-gap": "4px", "column-gap": "8px"}) == {"gap": "4px 8px"}
    assert shorten({f"border-{side}": "1px solid #ccc" for side in ("top", "right", "bottom", "left")}) == {
        "border": "1px solid #ccc"
    }


def test_sides_that_another_rule_sets_are_left_alone() -> None:
    """In a narrow window two sides change, and two stay as they are."""
    assert shorten({"margin-top": "4px", "margin-left": "8px"}) == {"margin-top": "4px", "margin-left": "8px"}


def test_rules_that_say_the_same_are_one() -> None:
    """Two names with one look share a rule."""
    boxes = (Element("div", style={"gap": "8px"}, name=name) for name in ("note", "card"))
    assert ".note,\n.card {\n  gap: 8px;\n}" in css_of(around(*boxes))


def test_what_one_of_its_kind_adds_stands_after_what_they_share() -> None:
    """Also where another kind adds the same: the later rule wins."""
    kinds = [
        Element("div", style={"gap": "8px", "display": "flex", "width": width, "height": height}, name=name)
        for name, height in (("note", "1px"), ("card", "2px"))
        for width in ("10px", "10px", "20px")
    ]
    css = css_of(around(*kinds))
    for name in ("note", "card"):
        assert css.index(f".{name} {{") < css.index(f".{name}-2 {{\n  width: 20px;\n}}")


def test_a_name_that_says_little_has_its_place_in_front() -> None:
    """A part of the page, or the first word of the heading that it stands under."""
    text = words("p", "text", font(12), "Words.")
    section = Element("section", children=(words("h2", "", font(20), "The Pricing of it"), text))
    other = Element("section", children=(words("h2", "", font(20), "Team"), words("p", "text", font(13), "Words.")))
    footer = Element("footer", children=(words("p", "text", font(14), "Words."),))
    rules = rules_of(around(section, other, footer, words("p", "intro", font(15), "Words. " * 9)))
    assert {".pricing-text", ".team-text", ".footer-text"} <= set(rules)


def test_a_border_and_one_side_of_it_keep_their_order() -> None:
    """What a side says over all four is not lost when rules are shared."""
    side = {"border": "1px solid #cccccc", "border-left": "4px solid #ff0000"}
    boxes = (Element("div", style=side, name="box"), Element("div", style={"border": "2px solid #cccccc"}, name="box"))
    rules = rules_of(around(*boxes))
    assert rules[".box"] == "border: 1px solid #ccc; border-left: 4px solid #f00;"


def test_colours_have_telling_names() -> None:
    """Hue, and how light it is."""
    assert [color_name(color) for color in ("#4e73df", "#d9534f", "#c8e6c9", "#0b2545", "#858796")] == [
        "blue",
        "red",
        "green-light",
        "blue-dark",
        "gray-400",
    ]


def test_no_two_colours_share_a_name() -> None:
    """Equal words are numbered."""
    assert name_colors(["#4e73df", "#4e73de", "#4e73dd"]) == {
        "#4e73df": "blue",
        "#4e73de": "blue-2",
        "#4e73dd": "blue-3",
    }


def test_colours_that_differ_by_a_shade_are_one() -> None:
    """Letters are thin, and measured colours of them waver; what boxes are filled with does not."""
    texts = (
        words("p", f"n{n}", font(12, color), "Words.") for n, color in enumerate(("#dae2f8", "#dae2f8", "#dbe0f7"))
    )
    boxes = (Element("div", style={"background-color": color}, name="box") for color in ("#f8f8f8", "#f9f9f9"))
    css = css_of(around(*texts, *boxes))
    assert "#dbe0f7" not in css
    assert "#f8f8f8" in css
    assert "#f9f9f9" in css
