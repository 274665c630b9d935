"""What a model is sent, to the letter and to the token."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from vl2agent import prompts
from vl2agent.actions import TypeText
from vl2agent.backends.local import LocalBackend
from vl2agent.calls import Model, Section, Shot
from vl2agent.completion import Picture, Prompt, Ref
from vl2agent.errors import InputError
from vl2agent.parser import INTENT, parse_intent
from vl2agent.steps import ClickIntent, Frame

FIXTURES = Path(__file__).parents[1] / "fixtures" / "vl2"
SHOT = Shot.of(Frame.from_image(Image.new("RGB", (300, 200))))
FULL = prompts.plan(
    "open settings, then choose 'Adwaita'",
    ("open settings", "choose 'Adwaita'"),
    2,
    ("1. click “Settings”: the screen changed",),
    ("the user's name: Ann",),
    "click “Appearance”: nothing changed",
    "the same was tried before on the same picture",
    zoomed=True,
    wrong="expected an intent",
)
PROMPTS = {
    "ground": prompts.ground("the Save button"),
    "find_all": prompts.find_all("buttons"),
    "ask": prompts.ask("Which tab is selected?"),
    "read": prompts.read(),
    "verify": prompts.verify("Is a dialog open?"),
    "plan": prompts.plan("open settings", ("open settings",), 1),
    "plan with all": FULL,
}
NANO_TOKENS = {
    "ground": 438, "find_all": 440, "ask": 443, "read": 460, "verify": 457, "plan": 1170, "plan with all": 1409,
}  # fmt: skip
REAL_TOKENS = {
    "ground": 434, "find_all": 436, "ask": 433, "read": 445, "verify": 438, "plan": 747, "plan with all": 832,
}  # fmt: skip


def test_things_are_asked_for_in_the_form_the_model_was_trained_on() -> None:
    """Picture, reference, full stop."""
    assert _parts(prompts.ground(" the Save button ")) == [Picture(), Ref(words="the Save button"), "."]
    assert _parts(prompts.ground("Save")) == list(Prompt.locate("Save").messages[0].parts)
    assert _parts(prompts.find_all("tabs")) == list(Prompt.locate("tabs", every=True).messages[0].parts)


@pytest.mark.parametrize("sections", PROMPTS.values(), ids=PROMPTS)
def test_every_prompt_begins_with_the_picture(sections: list[Section]) -> None:
    """So that calls about one frame share their beginning."""
    assert _parts(sections)[0] == Picture()
    assert sum(isinstance(part, Picture) for part in _parts(sections)) == 1


def test_a_plan_says_all_it_is_handed() -> None:
    """Each in a section of its own, in this order."""
    names = [section.name for section in FULL]
    assert names == ["picture", "rules", "goal", "parts", "facts", "memory", "last", "warning", "wrong", "request"]
    assert "".join(str(part) for part in _parts(FULL)[2:]) == (
        "Goal: open settings, then choose 'Adwaita'\n"
        "Parts of the goal:\n"
        "1. open settings (done)\n"
        "2. choose 'Adwaita' (now)\n"
        "Known facts:\n"
        "- the user's name: Ann\n"
        "Steps before:\n"
        "1. click “Settings”: the screen changed\n"
        "Last step: click “Appearance”: nothing changed\n"
        "Attention: the same was tried before on the same picture\n"
        "Your reply cannot be used: expected an intent\n"
        "Next action, in JSON:"
    )


def test_a_first_plan_leaves_out_what_there_is_none_of() -> None:
    """No empty lists."""
    assert [section.name for section in PROMPTS["plan"]] == ["picture", "rules", "goal", "parts", "request"]


def test_the_examples_are_replies_that_can_be_read() -> None:
    """What the rules show is what the parser takes."""
    examples = [line for line in prompts.RULES.splitlines() if line.startswith("{")]
    assert [parse_intent(example) for example in examples] == [
        (1, ClickIntent(target="the Save button")),
        (2, TypeText(text="Ann")),
    ]


def test_the_rules_name_every_kind_with_its_own_fields() -> None:
    """A model without a grammar knows nothing else of them; what is secret a person says, not a model."""
    schema = INTENT.json_schema()
    for kind, ref in schema["discriminator"]["mapping"].items():
        told = re.search(rf"^{kind}: (.+)$", prompts.RULES, re.MULTILINE)
        assert told is not None
        fields = set(schema["$defs"][ref.rpartition("/")[2]]["properties"]) - {"kind", "secret"}
        assert [field for field in fields if not re.search(rf"\b{field}\b", told[1])] == []


def test_there_must_be_words_to_look_for() -> None:
    """Nothing cannot be found."""
    with pytest.raises(InputError):
        prompts.ground(" ")
    with pytest.raises(InputError):
        prompts.find_all("")


@pytest.mark.parametrize("name", PROMPTS)
def test_each_prompt_costs_what_it_costs(name: str, nano_checkpoint: Path) -> None:
    """Changing a text changes its version, and this table."""
    assert prompts.VERSION == "2"
    assert Model(LocalBackend(nano_checkpoint)).count(PROMPTS[name], [SHOT]) == NANO_TOKENS[name]


@pytest.fixture(scope="module")
def real_model(real_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Make what counts with the vocabulary that the published models have."""
    folder = tmp_path_factory.mktemp("real")
    shutil.copy(real_folder / "tokenizer.json", folder)
    config = json.loads((FIXTURES / "nano-mha" / "config.json").read_text())
    config["language_config"]["vocab_size"] = 129_280
    (folder / "config.json").write_text(json.dumps(config))
    return Model(LocalBackend(folder))


@pytest.mark.parametrize("name", PROMPTS)
def test_each_prompt_costs_less_with_the_real_vocabulary(name: str, real_model: Model) -> None:
    """Counted to the token as well."""
    assert real_model.count(PROMPTS[name], [SHOT]) == REAL_TOKENS[name]


def _parts(sections: list[Section]) -> list[str | Picture | Ref]:
    return [part for section in sections for part in section.parts]
