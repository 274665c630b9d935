"""The model behind transformers' interface gives what `vl2` gives, and transformers' own machinery works on it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors import safe_open
from torch import Tensor
from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor, pipeline

import vl2.hf
from vl2.attention import Sight
from vl2.chat import Message, marked
from vl2.checkpoint.weights import read_model
from vl2.errors import ConfigError, PromptError
from vl2.processor import Processor

FIXTURES = Path(__file__).parents[1] / "fixtures" / "vl2"
NANO_MODELS = ("nano-mha", "nano-mla", "nano-mla-base-routing")
WIDE = FIXTURES / "images" / "wide_1000x300.png"


@pytest.fixture(params=NANO_MODELS)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An original checkpoint folder of each variant."""
    return checkpoint(request.param, tmp_path)


@pytest.fixture
def mla_folder(tmp_path: Path) -> Path:
    """An original checkpoint folder with latent attention."""
    return checkpoint("nano-mla", tmp_path)


def checkpoint(name: str, parent: Path) -> Path:
    """Put a model and its tokenizer into one folder, as they are published."""
    folder = parent / name
    shutil.copytree(FIXTURES / name, folder)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(FIXTURES / "tokenizer" / file, folder)
    return folder


def turn(text: str, *images: Path) -> dict[str, Any]:
    """One user turn in the form that transformers takes."""
    pictures = [{"type": "image", "image": Image.open(image).convert("RGB")} for image in images]
    return {"role": "user", "content": [*pictures, {"type": "text", "text": text}]}


def load(folder: Path) -> tuple[Any, Any]:
    """Model and processor, by the Auto classes."""
    processor = AutoProcessor.from_pretrained(folder)  # type: ignore[no-untyped-call]
    return AutoModelForImageTextToText.from_pretrained(folder), processor


def prompt(processor: Any, *conversations: list[dict[str, Any]]) -> Any:
    """Lay out conversations that wait for an answer."""
    return processor.apply_chat_template(
        list(conversations), add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
    )


def generate(model: Any, inputs: Any, tokens: int = 8, **options: Any) -> Tensor:
    """Generate so many tokens, EOS or not; without the prompt."""
    given = {"do_sample": False, "min_new_tokens": tokens, "max_new_tokens": tokens, **options}
    answer: Tensor = model.generate(**inputs, **given)[:, inputs["input_ids"].shape[1] :]
    return answer


def golden(folder: Path, case: str) -> list[int]:
    """What the original implementation answered."""
    greedy: list[int] = json.loads((FIXTURES / folder.name / "golden.json").read_text())[case]["greedy"]
    return greedy


def test_generate_gives_the_tokens_of_the_original_implementation(folder: Path) -> None:
    """An original folder, a picture and a question: 24 greedy tokens equal the recorded ones."""
    model, processor = load(folder)
    inputs = prompt(processor, [turn("Describe this image.", WIDE)])
    assert generate(model, inputs, 24)[0].tolist() == golden(folder, "wide")


@torch.inference_mode()
def test_logits_equal_those_of_vl2(folder: Path) -> None:
    """The same weights and prompt give the same logits, bit by bit."""
    model, processor = load(folder)
    inputs = prompt(processor, [turn("Describe this image.", WIDE)])
    ours = read_model(folder, dtype=torch.float32)
    prepared = Processor.from_folder(folder)([Message("user", marked("<image>\nDescribe this image."), [WIDE])])
    features = ours.encode(ours.normalise(torch.from_numpy(prepared.tiles)))
    embeds = ours.embed(
        torch.from_numpy(prepared.input_ids)[None],
        torch.from_numpy(prepared.image_mask)[None],
        ours.assemble(features, prepared.grids),
    )
    assert torch.equal(model(**inputs).logits, ours(embeds, last_only=False))


def test_a_padded_batch_answers_as_its_rows_alone(folder: Path) -> None:
    """Rows of unequal length, with one picture, two, and none."""
    model, processor = load(folder)
    square = FIXTURES / "images" / "square_384x384.png"
    rows = [[turn("What?", WIDE)], [turn("Compare.", square, WIDE)], [turn("Hello.")]]
    together = generate(model, prompt(processor, *rows))
    alone = [generate(model, prompt(processor, row))[0] for row in rows]
    assert torch.equal(together, torch.stack(alone))


def test_beams_and_samples_repeat_the_pictures_of_each_row(mla_folder: Path) -> None:
    """Beams of a batch equal those of its rows alone; one beam is greedy."""
    model, processor = load(mla_folder)
    rows = [[turn("What?", WIDE)], [turn("And this?", FIXTURES / "images" / "square_384x384.png")]]
    together = generate(model, prompt(processor, *rows), num_beams=3)
    alone = [generate(model, prompt(processor, row), num_beams=3)[0] for row in rows]
    assert torch.equal(together, torch.stack(alone))
    sampled = generate(model, prompt(processor, *rows), do_sample=True, top_k=1, num_return_sequences=2)
    assert torch.equal(sampled, generate(model, prompt(processor, *rows)).repeat_interleave(2, dim=0))


def test_without_a_cache_the_answer_is_the_same(folder: Path) -> None:
    """Every token from the whole prompt, picture included."""
    model, processor = load(folder)
    inputs = prompt(processor, [turn("What?", FIXTURES / "images" / "square_384x384.png")])
    assert torch.equal(generate(model, inputs, 4, use_cache=False), generate(model, inputs, 4))


def test_embeddings_take_the_place_of_ids(mla_folder: Path) -> None:
    """`generate(inputs_embeds=...)` answers as the ids do."""
    model, processor = load(mla_folder)
    inputs = prompt(processor, [turn("Hello.")])
    embeds = model.get_input_embeddings()(inputs["input_ids"])
    options = {"do_sample": False, "min_new_tokens": 8, "max_new_tokens": 8}
    answer = model.generate(inputs_embeds=embeds, attention_mask=inputs["attention_mask"], **options)
    assert torch.equal(answer, generate(model, inputs))


def test_bfloat16_leaves_the_routing_bias_alone(tmp_path: Path) -> None:
    """The bias decides between near-equal scores: it is float32 whatever the dtype of the model."""
    folder = checkpoint("nano-mla-base-routing", tmp_path)
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.bfloat16)
    dtypes = {name.rpartition(".")[2]: parameter.dtype for name, parameter in model.named_parameters()}
    assert dtypes.pop("e_score_correction_bias") == torch.float32
    assert set(dtypes.values()) == {torch.bfloat16}


def test_images_without_their_places_are_refused(mla_folder: Path) -> None:
    """Pictures are never dropped in silence, and neither are positions of one's own."""
    model, processor = load(mla_folder)
    inputs = prompt(processor, [turn("What?", WIDE)])
    with pytest.raises(PromptError, match="images_seq_mask"):
        model(input_ids=inputs["input_ids"], pixel_values=inputs["pixel_values"])
    with pytest.raises(PromptError, match="position_ids"):
        model(input_ids=inputs["input_ids"], position_ids=torch.arange(826)[None])


def test_a_static_cache_is_refused(mla_folder: Path) -> None:
    """What the model cannot do is an error that says so."""
    model, processor = load(mla_folder)
    with pytest.raises(PromptError, match="static caches"):
        generate(model, prompt(processor, [turn("Hello.")]), cache_implementation="static")


def test_saving_writes_an_original_checkpoint(folder: Path, tmp_path: Path) -> None:
    """Names and values of the tensors, config and tokenizer come back as they were, for vl2 and for transformers."""
    model, processor = load(folder)
    saved = tmp_path / "saved"
    model.save_pretrained(saved)
    processor.save_pretrained(saved)
    with (
        safe_open(folder / "model.safetensors", "pt") as before,
        safe_open(saved / "model.safetensors", "pt") as after,
    ):
        assert set(before.keys()) == set(after.keys())
        assert all(torch.equal(before.get_tensor(name), after.get_tensor(name)) for name in before.keys())  # noqa: SIM118
    assert read_model(saved, dtype=torch.float32).config == read_model(folder, dtype=torch.float32).config
    again, processor = load(saved)
    inputs = prompt(processor, [turn("<|ref|>Save<|/ref|>", WIDE)])
    assert torch.equal(generate(again, inputs), generate(model, inputs))


def test_shards_are_saved_and_read(mla_folder: Path, tmp_path: Path) -> None:
    """A checkpoint in several files with an index reads back, also by vl2."""
    model, _ = load(mla_folder)
    model.save_pretrained(tmp_path / "saved", max_shard_size="1MB")
    assert len(list((tmp_path / "saved").glob("model-*.safetensors"))) > 2
    again = read_model(tmp_path / "saved", dtype=torch.float32).state_dict()
    weights: dict[str, Tensor] = model.state_dict()
    assert all(torch.equal(again[name.removeprefix("model.")], weight) for name, weight in weights.items())


@pytest.mark.filterwarnings("ignore:The following device_map keys:UserWarning")  # two parameters are in no submodule
def test_a_device_map_places_the_model(mla_folder: Path, tmp_path: Path) -> None:
    """`device_map` loads on the device, and offloads layers to disk, with the same answer."""
    model, processor = load(mla_folder)
    inputs = prompt(processor, [turn("What?", WIDE)])
    expected = generate(model, inputs, 4)
    placed = AutoModelForImageTextToText.from_pretrained(mla_folder, device_map="cpu")
    assert torch.equal(generate(placed, inputs, 4), expected)
    offloaded: Any = AutoModelForImageTextToText.from_pretrained(
        mla_folder, device_map="auto", max_memory={"cpu": 2_000_000}, offload_folder=tmp_path / "offload"
    )
    assert "disk" in offloaded.hf_device_map.values()
    assert torch.equal(generate(offloaded, inputs, 4), expected)


def test_positions_and_mask_follow_a_layer_to_its_device(mla_folder: Path) -> None:
    """What all layers share moves as arguments do when `device_map` spreads the layers."""
    from accelerate.utils import send_to_device  # type: ignore[import-untyped]

    rope = read_model(mla_folder, dtype=torch.float32).language.model.rope
    sight = Sight.of(rope, 0, 4, torch.tensor([1]), torch.device("cpu"))
    moved = send_to_device(sight, "meta")
    assert moved.mask.is_meta
    assert moved.cos_BTR.shape == sight.cos_BTR.shape


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft asks for the old name
def test_lora_is_injected_trained_and_merged(folder: Path) -> None:
    """Adapters on attention and experts start as nothing, learn an answer, and merge into the weights."""
    from peft import LoraConfig, get_peft_model

    model, processor = load(folder)
    inputs = prompt(processor, [turn("What?", FIXTURES / "images" / "square_384x384.png")])
    before = model(**inputs).logits
    targets = r".*language.*\.(q_proj|v_proj|kv_b_proj|o_proj)|.*shared_experts\.down_proj"
    config = LoraConfig(r=4, lora_alpha=16, target_modules=targets, task_type="CAUSAL_LM")
    tuned = get_peft_model(model, config)
    assert torch.equal(tuned(**inputs).logits, before)
    labels = inputs["input_ids"].masked_fill(inputs["images_seq_mask"], -100)
    optimiser = torch.optim.AdamW((p for p in tuned.parameters() if p.requires_grad), lr=1e-2)
    losses = []
    for _ in range(6):
        loss = tuned(**inputs, labels=labels).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.1
    tuned.eval()
    answer = generate(tuned, inputs)
    assert torch.equal(generate(tuned, inputs, use_cache=False), answer)
    assert torch.equal(generate(tuned.merge_and_unload(), inputs), answer)


def test_the_pipeline_answers(mla_folder: Path) -> None:
    """`image-text-to-text` takes a conversation, and gives the model's words."""
    model, processor = load(mla_folder)
    asked = [turn("Describe this image.", WIDE)]
    expected = processor.batch_decode(generate(model, prompt(processor, asked)), skip_special_tokens=True)[0]
    ask: Any = pipeline("image-text-to-text", model=str(mla_folder))
    options = {"do_sample": False, "min_new_tokens": 8, "max_new_tokens": 8}
    (answer,) = ask(text=asked, return_full_text=False, generate_kwargs=options)
    assert answer["generated_text"] == expected
    text = processor.apply_chat_template(asked, add_generation_prompt=True)
    picture = Image.open(WIDE).convert("RGB")
    (answer,) = ask(images=picture, text=text, return_full_text=False, generate_kwargs=options)
    assert answer["generated_text"] == expected


def test_a_conversation_is_laid_out_as_vl2_does(mla_folder: Path) -> None:
    """System text, an answered question and a new one: the same ids and tiles."""
    _, processor = load(mla_folder)
    conversation = [
        {"role": "system", "content": "You click buttons."},
        turn("Where is the search field?", WIDE),
        {"role": "assistant", "content": "<|ref|>search field<|/ref|><|det|>[[12, 3, 450, 99]]<|/det|>"},
        {"role": "user", "content": "And <|ref|>Cancel<|/ref|>?"},
    ]
    inputs = prompt(processor, conversation)
    ours = Processor.from_folder(mla_folder)(
        [
            Message("system", "You click buttons."),
            Message("user", "<image>\nWhere is the search field?", [WIDE]),
            Message("assistant", "<|ref|>search field<|/ref|><|det|>[[12, 3, 450, 99]]<|/det|>"),
            Message("user", marked("And <|ref|>Cancel<|/ref|>?")),
        ]
    )
    assert inputs["input_ids"][0].tolist() == ours.input_ids.tolist()
    assert ((inputs["pixel_values"] * 0.5 + 0.5) * 255).round().byte().equal(torch.from_numpy(ours.tiles))


def test_an_answer_is_continued_or_closed(mla_folder: Path) -> None:
    """A last assistant turn is a beginning to go on from, or, for training, an answer that ends with EOS."""
    _, processor = load(mla_folder)
    conversation = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Good"}]
    begun = processor.apply_chat_template(conversation, tokenize=False, continue_final_message=True)
    closed = processor.apply_chat_template(conversation, tokenize=False)
    assert begun.endswith("<|User|>: Hello.\n\n<|Assistant|>:Good")
    assert closed == begun + processor.tokenizer.eos_token


def test_generation_stops_at_the_end_of_the_answer(mla_folder: Path) -> None:
    """EOS comes from the model's configuration: original folders have no generation_config.json."""
    model, _ = load(mla_folder)
    language = model.config.vl2.language
    assert model.generation_config.eos_token_id == language.eos_token_id == 1


@pytest.mark.parametrize("mask", [[1, 0, 1, 1], [0, 1, 0, 1]])
def test_padding_between_tokens_is_refused(mla_folder: Path, mask: list[int]) -> None:
    """A mask that the model cannot honour is an error."""
    model, _ = load(mla_folder)
    with pytest.raises(PromptError, match="padding"):
        model(input_ids=torch.ones(1, 4, dtype=torch.long), attention_mask=torch.tensor([mask]))


def test_another_model_of_the_same_type_is_refused(mla_folder: Path) -> None:
    """DeepSeek-OCR shares the model type; its tower gives it away."""
    config = json.loads((mla_folder / "config.json").read_text())
    config["vision_config"]["model_name"] = "deeplip_b_l"
    (mla_folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ConfigError, match="SigLIP"):
        AutoConfig.from_pretrained(mla_folder)


def test_registering_twice_changes_nothing(mla_folder: Path) -> None:
    """The classes are found after a second registration."""
    vl2.hf.register()
    assert isinstance(AutoConfig.from_pretrained(mla_folder), vl2.hf.DeepseekVLV2Config)


def test_vl2_alone_does_not_load_transformers() -> None:
    """Only `import vl2.hf` does."""
    code = "import sys, vl2, vl2.checkpoint.weights; sys.exit('transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_a_quantised_checkpoint_is_refused(mla_folder: Path) -> None:
    """Transformers would skip the quantisation, and fill in random experts with a warning."""
    path = mla_folder / "config.json"
    stored = {"quantization_config": {"quant_method": "vl2", "kind": "int8"}}
    path.write_text(json.dumps(json.loads(path.read_text()) | stored))
    with pytest.raises(ConfigError, match=r"use vl2\.load"):
        AutoConfig.from_pretrained(mla_folder)
