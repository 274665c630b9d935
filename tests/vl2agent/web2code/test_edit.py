"""A page changed as a person says: what is asked for is done, and nothing else."""

from __future__ import annotations

import re

import pytest
from drawn_page import FRAME, SENTENCE, Drawing, block_of
from PIL import Image

from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model
from vl2agent.completion import Regex, Reply, Usage
from vl2agent.errors import EditRefused, InputError
from vl2agent.web2code.change.properties import PROPERTIES, value_of
from vl2agent.web2code.edit import Edit, edit, edited
from vl2agent.web2code.ir import Block, Page

IMAGE = Image.new("RGB", (1280, 900), "white")


def sample() -> Page:
    """A header b2 with a title b1; a sentence b3; a box b5 with a word b4; a picture b6."""
    draw = Drawing()
    header = draw.box(0, 0, 1280, 60, draw.text("Title", 20, 20, size=24), role="header")
    sentence = draw.text(SENTENCE, 20, 100)
    box = draw.box(20, 150, 300, 190, draw.text("Word", 30, 164), style=FRAME)
    return draw.page(header, sentence, box, draw.picture(20, 230, 220, 330))


def after(reply: str | Reply, instruction: str = "do it", block: str | None = None) -> Edit:
    """Edit the sample with a model that gives this reply."""
    return edited(sample(), instruction, model=Model(ScriptedBackend(reply)), image=IMAGE, block=block)


def changed(reply: str, id_: str, instruction: str = "do it") -> Block:
    """Return a block after an edit."""
    return after(f"{reply}\nend", instruction).page.block_by_id[id_]


def test_a_header_is_made_to_stick() -> None:
    """With what sticking needs: a place, a ground to cover what scrolls under it, and to be above it."""
    model = Model(ScriptedBackend("set b2 position sticky\nend"))
    page = edit(sample(), "make the header sticky", model=model, image=IMAGE, block="b2")
    style = page.block_by_id["b2"].style
    assert style.extra == {"top": "0", "z-index": "10", "position": "sticky"}
    assert (style.background, page.block_by_id["b2"].named_by) == ("#ffffff", "edit")


def test_colors_have_names() -> None:
    """And become typed ones."""
    assert changed("set b5 background Tomato", "b5").style.background == "#ff6347"
    assert after("set b1 color #F00\nend").page.texts[0].font.color == "#ff0000"


def test_letters_change_in_all_of_a_block() -> None:
    """A header's color is that of its title."""
    page = after("set b2 font-weight bold\nset b2 font-size 30px\nend").page
    assert (page.texts[0].font.weight, page.texts[0].font.size) == (700, 30)


def test_corners_borders_and_shadows_are_typed() -> None:
    """So that every way of writing code knows them."""
    page = after("set b5 radius 8px\nset b5 border none\nset b5 box-shadow 0 2px 8px #00000040\nend").page
    style = page.block_by_id["b5"].style
    assert (style.radius[0], style.top, style.shadows[0].blur) == (8, None, 8)


def test_a_role_changes() -> None:
    """Where it is possible."""
    block = changed("role b3 heading 3", "b3")
    assert (block.role, block.level) == ("heading", 3)


def test_neighbours_change_places() -> None:
    """And close up: the gaps stay where they were."""
    page = after("move b5 before b3\nend").page
    assert [child.id for child in page.root.children] == ["b2", "b5", "b3", "b6"]
    assert (page.block_by_id["b5"].box.top, page.block_by_id["b4"].box.top) == (100, 114)
    assert page.texts[1].lines[0].box.top == page.block_by_id["b3"].box.top == 179


def test_what_is_removed_takes_its_words_along() -> None:
    """And what follows moves up."""
    page = after("remove b3\nend").page
    assert [text.string for text in page.texts] == ["Title", "Word"]
    assert page.block_by_id["b5"].box.top == 100


def test_words_in_quotes_are_written() -> None:
    """As the instruction has them."""
    page = after('text b1 "Hello"\nend', 'say "Hello" in the title').page
    assert block_of(page, "Hello").id == "b1"


REFUSED = {
    "words that nobody said": 'text b1 "Buy now"',
    "another block's id": "set b99 color red",
    "an address": "set b2 background url(https://evil.example/x.png)",
    "a function": "set b2 width expression(alert(1))",
    "an unknown property": "set b2 behavior foo",
    "more than a value": "set b2 color red; background: url(x)",
    "a huge size": "set b2 padding 99999px",
    "what hides": "set b2 opacity 0",
    "an off-screen place": "set b2 position fixed",
    "a script": "<script>alert(1)</script>",
    "markup": 'text b1 "<img src=x onerror=alert(1)>"',
    "a field without a box": "role b3 input",
    "a second header": "role b5 header",
    "the page itself": "remove b7",
    "a foreign place": "move b4 before b3",
    "an attribute": 'set b2 onclick "alert(1)"',
    "nothing": "",
    "talk": "Sure! I made the header sticky.",
}


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused(line: str) -> None:
    """With an error that says what was understood."""
    with pytest.raises(EditRefused, match="expected changes that mean 'do it', understood: "):
        after(f"{line}\nend")


def test_what_can_be_done_is_done_and_the_rest_told() -> None:
    """One bad line does not spoil the others."""
    found = after("set b2 color blue\nset b2 content x\nremove b99\nend")
    assert [str(change) for change in found.changes] == ["set b2 color #0000ff"]
    assert found.refused == ("'set b2 content x' is no change that is known", "'remove b99' cannot be done")


def test_only_the_named_block_changes() -> None:
    """What is outside of it is out of reach."""
    with pytest.raises(EditRefused, match="remove b3"):
        after("remove b3\nend", block="b2")


def test_a_cut_reply_is_used_up_to_its_last_whole_line() -> None:
    """Half a value may be another one."""
    usage = Usage(prompt_tokens=1, image_tokens=1, completion_tokens=1)
    found = after(Reply(text="set b1 font-size 30px\nset b3 font-size 1", stop_reason="length", usage=usage))
    assert len(found.changes) == 1


@pytest.mark.parametrize(("instruction", "block"), [("", None), ("x" * 501, None), ("do it", "b99")])
def test_an_edit_needs_an_instruction_and_a_block(instruction: str, block: str | None) -> None:
    """Told before a model is asked."""
    with pytest.raises(InputError):
        after("end", instruction, block)


def test_the_grammar_takes_what_can_be_meant() -> None:
    """And no words but those in quotes."""
    backend = ScriptedBackend("set b1 color #ff0000\nend")
    edit(sample(), "write “Hello” in red", model=Model(backend), image=IMAGE)
    grammar = backend.calls[0][1]
    assert isinstance(grammar, Regex)
    assert re.fullmatch(grammar.pattern, 'set b1 color #ff0000\ntext b1 "Hello"\nmove b3 after b5\nend')
    assert not re.fullmatch(grammar.pattern, 'text b1 "Bye"\nend')


@pytest.mark.parametrize("name", PROPERTIES)
def test_no_property_takes_an_address_or_a_second_declaration(name: str) -> None:
    """Whatever stands around it."""
    for value in ("url(x)", "red;x:y", "var(--x)", "calc(1px)", '"x"', "red}", "/**/", "1e9px", "#ff0000 url(x)"):
        assert value_of(name, value) is None
