"""From a folder or a repo id to a model that answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hub_server import Hub, Repo
from huggingface_hub import constants
from nano_models import config_like, random_model
from PIL import Image

from vl2 import loading as load_module
from vl2.checkpoint.memory import available_bytes
from vl2.checkpoint.save import save_model
from vl2.errors import (
    CheckpointError,
    ConfigError,
    DownloadError,
    GrammarError,
    MissingFile,
    OutOfMemory,
    PromptError,
    PromptTooLong,
    TokenizerError,
)
from vl2.handle import VL2
from vl2.loading import chosen_device, chosen_dtype, load
from vl2.packing import PackedLinear, PackedMLP, can_pack

TOKENIZER = Path(__file__).parents[1] / "fixtures" / "vl2" / "tokenizer"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole checkpoint folder."""
    folder = tmp_path_factory.mktemp("nano")
    save_model(random_model(config_like("small")), folder)
    for path in TOKENIZER.glob("tokenizer*.json"):
        shutil.copyfile(path, folder / path.name)
    return folder


@pytest.fixture(scope="module")
def loaded(folder: Path) -> VL2:
    """It, loaded; tests do not change it."""
    return load(folder, dtype="float32")


@pytest.fixture
def picture() -> Image.Image:
    """A picture that takes one local tile."""
    return Image.new("RGB", (320, 240), "navy")


def test_a_loaded_model_answers(loaded: VL2, picture: Image.Image) -> None:
    """One line from a question and a picture to text."""
    assert isinstance(loaded.ask("What is this?", picture, max_new_tokens=3), str)


def test_a_picture_in_the_question_s_place_is_refused(loaded: VL2, picture: Image.Image) -> None:
    """The order is said."""
    with pytest.raises(PromptError, match="question first"):
        loaded.ask(picture, "What is this?")  # type: ignore[arg-type]


@pytest.mark.parametrize("threads", [0, -1, "two"])
def test_threads_that_cannot_be(folder: Path, threads: int) -> None:
    """Named before anything is read."""
    with pytest.raises(ConfigError, match="threads"):
        load(folder, threads=threads)


def test_a_stream_gives_the_same_answer(loaded: VL2, picture: Image.Image) -> None:
    """Token by token or at once."""
    from vl2 import prompts

    messages = prompts.describe(picture)
    pieces = [token.text for token in loaded.stream(messages, max_new_tokens=8)]
    assert "".join(pieces) == loaded.chat(messages, max_new_tokens=8).text


def test_locating_gives_a_box_with_its_confidence(loaded: VL2, picture: Image.Image) -> None:
    """The box has an area, lies in the picture, and carries probabilities."""
    found = loaded.locate("the moon", picture)
    left, top, right, bottom = found.box
    assert 0 <= left < right <= 320
    assert 0 <= top < bottom <= 240
    assert 0 <= found.confidence <= 1
    assert 0 <= found.point[0] < 320
    assert found.reply.stop_reason in ("grammar", "eos")


def test_marks_in_words_to_locate_are_refused(loaded: VL2, picture: Image.Image) -> None:
    """Words that would close the mark around them are no words."""
    with pytest.raises(GrammarError):
        loaded.locate("moon<|/ref|>", picture)


def test_a_prompt_over_the_window_is_refused_before_any_work(loaded: VL2, picture: Image.Image) -> None:
    """Three thousand tokens of text and two screens do not fit 4096."""
    with pytest.raises(PromptTooLong):
        loaded.ask("why " * 3000, picture, picture)


def test_what_is_saved_loads_and_answers_the_same(loaded: VL2, picture: Image.Image, tmp_path: Path) -> None:
    """Weights, config and tokenizer are all there."""
    loaded.save(tmp_path / "copy")
    again = load(tmp_path / "copy", dtype="float32")
    assert again.ask("What?", picture, max_new_tokens=5) == loaded.ask("What?", picture, max_new_tokens=5)


def test_bfloat16_on_a_cpu_is_packed_and_float32_is_not(folder: Path, loaded: VL2) -> None:
    """Packing follows from device and dtype alone."""

    def packed(model: VL2) -> set[str]:
        return {name for name, module in model.model.named_modules() if isinstance(module, (PackedLinear, PackedMLP))}

    small = load(folder, device="cpu", dtype="bfloat16")
    assert bool(packed(small)) == can_pack(torch.device("cpu"), torch.bfloat16)
    assert not packed(loaded)


def test_a_packed_model_is_saved_in_full(folder: Path, picture: Image.Image, tmp_path: Path) -> None:
    """What was rearranged for speed comes back, tensor by tensor, and answers the same."""
    first = load(folder, device="cpu", dtype="bfloat16")
    first.save(tmp_path)
    again = load(tmp_path, device="cpu", dtype="bfloat16")
    assert again.ask("What is this?", picture, max_new_tokens=4) == first.ask(
        "What is this?", picture, max_new_tokens=4
    )


def test_a_size_that_config_gets_wrong_reaches_the_processor_right(folder: Path, tmp_path: Path) -> None:
    """A vocabulary that config.json understates is not a clash with the tokenizer."""
    shutil.copytree(folder, tmp_path / "copy")
    config = tmp_path / "copy" / "config.json"
    config.write_text(config.read_text().replace('"vocab_size": 640', '"vocab_size": 100'))
    assert load(tmp_path / "copy").processor.config.language.vocab_size == 640


def test_a_folder_of_this_name_wins_over_a_repo_id(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """owner/name that exists below the working folder is not looked up anywhere."""
    shutil.copytree(folder, tmp_path / "owner" / "name")
    monkeypatch.chdir(tmp_path)
    assert load("owner/name").folder == Path("owner/name")


@pytest.fixture
def hub(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repo]:
    """A hub that has the folder as `owner/nano`."""
    repo = Repo.of(folder)
    with Hub({"owner/nano": repo}) as server:
        template = f"{server.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        yield repo


def test_a_repo_id_is_downloaded_and_loaded(hub: Repo) -> None:
    """Download and loading report on the same callback."""
    seen: list[str] = []
    load("owner/nano", progress=lambda what, done, total: seen.append(what))
    assert "downloading model.safetensors" in seen
    assert seen[-1] == "loading weights"


def test_local_files_only_asks_nobody(hub: Repo) -> None:
    """Without the network, what is not in the cache is not to be had."""
    with pytest.raises(DownloadError, match="vl2agent models pull owner/nano"):
        load("owner/nano", local_files_only=True)
    assert not hub.requests


@pytest.mark.parametrize("nonsense", ["", "tiny", "./nowhere", "/no/such/folder", "~/nowhere", "a/b/c", Path("a/b")])
def test_what_can_be_no_repo_id_is_a_missing_folder(nonsense: str | Path) -> None:
    """No network is asked for what is no repo id; the error shows what one looks like."""
    with pytest.raises(MissingFile, match="deepseek-ai/deepseek-vl2-tiny"):
        load(nonsense)


def test_a_file_is_no_folder(folder: Path) -> None:
    """Whoever names the weights file is told the folder."""
    with pytest.raises(CheckpointError, match="found a file; try"):
        load(folder / "model.safetensors")


def test_a_folder_without_tokenizer_is_refused_before_weights_are_read(folder: Path, tmp_path: Path) -> None:
    """The cheap checks come first."""
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "tokenizer.json").unlink()
    stages: list[str] = []
    with pytest.raises((MissingFile, TokenizerError), match=r"tokenizer\.json"):
        load(tmp_path / "copy", progress=lambda what, done, total: stages.append(what))
    assert not stages


def test_what_does_not_fit_is_refused_before_it_is_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights and a full cache are counted against free memory, and the error says what to try."""
    monkeypatch.setattr("vl2.checkpoint.memory.available_bytes", lambda device: 1 << 20)
    with pytest.raises(OutOfMemory, match="quantize='int8'") as caught:
        load(folder, dtype="float32")
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    assert caught.value.needed_bytes > weights * 0.9
    assert caught.value.available_bytes == 1 << 20


def test_memory_that_runs_out_while_loading_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a limit is not seen beforehand, torch's own error becomes one that says what to try."""

    def too_much(*args: object, **kwargs: object) -> None:
        torch.empty(2**60, dtype=torch.uint8)

    monkeypatch.setattr(load_module, "read_model", too_much)
    with pytest.raises(OutOfMemory, match=r"needs 1073741824\.0 GiB.*try quantize="):
        load(folder, dtype="float32")


def test_this_machine_says_how_much_memory_is_free() -> None:
    """On Linux it is known, and no fantasy."""
    free = available_bytes(torch.device("cpu"))
    assert free is None or 1 << 20 < free < 1 << 50


def test_a_limited_container_has_what_its_limit_leaves(tmp_path: Path) -> None:
    """Limit minus use, the page cache counting as free."""
    from vl2.checkpoint.memory import _container

    for name, text in (
        ("memory.max", "1000"),
        ("memory.current", "900"),
        ("memory.stat", "anon 500\ninactive_file 300"),
    ):
        (tmp_path / name).write_text(text)
    assert _container(tmp_path) == 400
    (tmp_path / "memory.max").write_text("max\n")
    assert _container(tmp_path) is None


@pytest.mark.parametrize("device", ["mps", "meta", "gpu", "cuda:99", "cpu:x", ""])
def test_a_device_that_is_not_there(device: str) -> None:
    """The error says what there could be."""
    with pytest.raises(ConfigError, match="device"):
        chosen_device(device)


@pytest.mark.parametrize("dtype", ["int8", "bf16", "", "float8"])
def test_a_dtype_that_is_none(dtype: str) -> None:
    """Quantisation is not a dtype."""
    with pytest.raises(ConfigError, match="bfloat16"):
        chosen_dtype(dtype, torch.device("cpu"), "bfloat16")


@pytest.mark.parametrize(("has", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
def test_auto_is_what_the_processor_computes_well(
    monkeypatch: pytest.MonkeyPatch, has: bool, expected: torch.dtype
) -> None:
    """bfloat16 weights on a CPU without instructions for it become float32; on a GPU they stay."""
    monkeypatch.setattr(load_module, "_cpu_has_bfloat16", lambda: has)
    assert chosen_dtype("auto", torch.device("cpu"), "bfloat16") == expected
    assert chosen_dtype("auto", torch.device("cuda"), "bfloat16") == torch.bfloat16
    assert chosen_dtype("auto", torch.device("cpu"), "float32") == torch.float32


def test_asked_for_dtypes_are_used(folder: Path) -> None:
    """By name or as torch's own."""
    assert load(folder, dtype="bfloat16").model.dtype == torch.bfloat16
    assert load(folder, dtype=torch.float16).model.dtype == torch.float16


def test_the_cache_of_a_full_window_is_counted(folder: Path) -> None:
    """A longer window needs more memory, by what a token keeps."""
    from vl2.checkpoint.inventory import read_inventory
    from vl2.loading import needed_bytes

    config, tensors = config_like("small"), read_inventory(folder)
    longer = replace(config, language=replace(config.language, max_position_embeddings=8192))
    difference = needed_bytes(longer, tensors, torch.float32) - needed_bytes(config, tensors, torch.float32)
    assert difference == 4096 * 3 * (32 + 8) * 4


def test_the_package_gives_the_function_whatever_was_imported_before() -> None:
    """`vl2.load` is callable, also after its module has been imported."""
    import vl2
    import vl2.loading

    assert vl2.load is vl2.loading.load
