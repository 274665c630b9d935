"""Checkpoints by repo id, from a server with the hub's routes: what is fetched, resumed, verified, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from hub_server import COMMIT, Hub, Repo
from huggingface_hub import constants
from nano_models import config_like, random_model

from vl2.checkpoint import fetch as fetch_module
from vl2.checkpoint import hub
from vl2.checkpoint.hub import checkpoint_folder
from vl2.checkpoint.save import save_model
from vl2.checkpoint.weights import read_model
from vl2.errors import DownloadError, UnsupportedModel

NAME = "someone/nano-vl2"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sharded checkpoint, with files beside it that nobody needs."""
    folder = tmp_path_factory.mktemp("checkpoint")
    save_model(random_model(config_like("small")), folder, shard_bytes=400_000)
    (folder / "tokenizer.json").write_text("{}")
    (folder / "README.md").write_text("# A model")
    (folder / "pytorch_model.bin").write_bytes(b"never asked for")
    return folder


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[Repo], Hub]]:
    """Start a hub with one repository, and make it the hub; the cache is an empty folder."""
    hubs: list[Hub] = []

    def start(repo: Repo) -> Hub:
        server = Hub({NAME: repo}).__enter__()
        hubs.append(server)
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", f"{server.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        )
        return server

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(hub, "fetch", lambda *args: fetch_module.fetch(*args, pause_s=0.01))
    yield start
    for server in hubs:
        server.close()


def test_a_repo_id_becomes_a_folder_that_loads(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """What is downloaded loads, and equals what was uploaded."""
    serve(Repo.of(checkpoint))
    folder = checkpoint_folder(NAME)
    loaded, original = read_model(folder, dtype=torch.float32), read_model(checkpoint, dtype=torch.float32)
    assert all(torch.equal(a, b) for a, b in zip(loaded.parameters(), original.parameters(), strict=True))


def test_only_what_loading_needs_is_fetched(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """No pickle and no page about the model comes down; a tokenizer does."""
    serve(Repo.of(checkpoint))
    names = {path.name for path in checkpoint_folder(NAME).iterdir()}
    assert names == {path.name for path in checkpoint.iterdir()} - {"README.md", "pytorch_model.bin"}


def test_the_cache_is_the_usual_one(serve: Callable[[Repo], Hub], checkpoint: Path, tmp_path: Path) -> None:
    """Other tools that use the hub's cache find the files, and those they fetched are found."""
    serve(Repo.of(checkpoint))
    folder = checkpoint_folder(NAME)
    assert folder == tmp_path / "hub" / "models--someone--nano-vl2" / "snapshots" / COMMIT
    assert (tmp_path / "hub" / "models--someone--nano-vl2" / "refs" / "main").read_text() == COMMIT


def test_a_second_time_fetches_nothing(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """What is in the cache is asked after, not downloaded."""
    repo = Repo.of(checkpoint)
    serve(repo)
    checkpoint_folder(NAME)
    repo.requests.clear()
    checkpoint_folder(NAME)
    assert not [path for _, path, _ in repo.requests if "/resolve/" in path]


@pytest.mark.parametrize("reset", [False, True])
def test_cut_connections_are_resumed(serve: Callable[[Repo], Hub], checkpoint: Path, reset: bool) -> None:
    """Seven cuts in the middle of files: every attempt goes on where the last one ended."""
    repo = Repo.of(checkpoint, cuts=7, reset=reset)
    serve(repo)
    folder = checkpoint_folder(NAME)
    assert all((folder / path.name).read_bytes() == path.read_bytes() for path in checkpoint.glob("*.safetensors"))
    asked = [int(part.removeprefix("bytes=").rstrip("-")) for part in repo.ranges_asked()]
    assert len(asked) >= (1 if reset else 7)  # a reset may drop what was sent before it
    assert all(first > 0 for first in asked)


def test_a_later_process_goes_on_where_an_earlier_one_gave_up(
    serve: Callable[[Repo], Hub], checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came before the network went away is not fetched again."""
    repo = Repo.of(checkpoint, cuts=1)
    server = serve(repo)
    monkeypatch.setattr(fetch_module, "FRUITLESS_ATTEMPTS", 1)
    monkeypatch.setattr(fetch_module.logger, "info", lambda *_: server.close())
    with pytest.raises(DownloadError, match="what came is kept"):
        checkpoint_folder(NAME)
    again = Repo.of(checkpoint)
    serve(again)
    checkpoint_folder(NAME)
    assert len(again.ranges_asked()) == 1


def test_a_server_that_ignores_ranges_still_serves(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """A whole answer to a request for the rest replaces what was there."""
    serve(Repo.of(checkpoint, cuts=3, ranges=False))
    folder = checkpoint_folder(NAME)
    assert all((folder / path.name).read_bytes() == path.read_bytes() for path in checkpoint.glob("*.safetensors"))


@pytest.mark.parametrize("name", ["model-00001-of-00004.safetensors", "tokenizer.json"])
def test_a_corrupt_body_never_enters_the_cache(serve: Callable[[Repo], Hub], checkpoint: Path, name: str) -> None:
    """One flipped byte, of a large or of a small file, is an error; the next attempt starts clean."""
    files = Repo.of(checkpoint).files
    assert name in files, sorted(files)
    repo = Repo(files, corrupt={name})
    serve(repo)
    with pytest.raises(DownloadError, match=rf"{name} came whole, but not with the hash"):
        checkpoint_folder(NAME)
    repo.corrupt.clear()
    assert (checkpoint_folder(NAME) / name).read_bytes() == (checkpoint / name).read_bytes()


def test_progress_covers_all_files(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """Reports never go back, and end at the total."""
    serve(Repo.of(checkpoint, cuts=2))
    reports: list[tuple[int, int]] = []
    checkpoint_folder(NAME, progress=lambda _, done, total: reports.append((done, total)))
    assert reports == sorted(reports)
    assert reports[-1][0] == reports[-1][1] > 100_000


def test_nothing_is_printed(serve: Callable[[Repo], Hub], checkpoint: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """No bar of anybody's; only the command line prints."""
    serve(Repo.of(checkpoint, cuts=1))
    checkpoint_folder(NAME)
    assert capfd.readouterr() == ("", "")


def test_another_model_is_refused_before_its_weights_come(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """config.json comes first; a model of another kind costs no more than that."""
    repo = Repo.of(checkpoint)
    repo.files["config.json"] = b'{"model_type": "llama"}'
    serve(repo)
    with pytest.raises(UnsupportedModel, match="llama"):
        checkpoint_folder(NAME)
    assert not [path for method, path, _ in repo.requests if method == "GET" and path.endswith(".safetensors")]


def test_a_repository_of_pickles_is_refused(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """Without safetensors nothing is fetched at all."""
    files = {name: content for name, content in Repo.of(checkpoint).files.items() if "safetensors" not in name}
    serve(Repo(files))
    with pytest.raises(DownloadError, match=r"found pickles alone \(pytorch_model\.bin\)"):
        checkpoint_folder(NAME)


def test_no_such_repository(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """The error names it and says what to check."""
    serve(Repo.of(checkpoint))
    with pytest.raises(DownloadError, match="someone/else: no such repository"):
        checkpoint_folder("someone/else")


def test_no_such_revision(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """The error names the revision."""
    serve(Repo.of(checkpoint))
    with pytest.raises(DownloadError, match="no revision 'v9'"):
        checkpoint_folder(NAME, revision="v9")


def test_a_revision_is_taken_when_asked_for(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """A tag leads to its own commit."""
    serve(Repo.of(checkpoint, revisions={"main": COMMIT, "v1": "f" * 40}))
    assert checkpoint_folder(NAME, revision="v1").name == "f" * 40


def test_a_gated_repository_says_to_log_in(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """Access on request is told apart from a wrong name."""
    serve(Repo.of(checkpoint, gated=True))
    with pytest.raises(DownloadError, match=r"access is granted on request.*auth login"):
        checkpoint_folder(NAME)


@pytest.mark.parametrize("nonsense", ["", "a/b/c", "no such folder", "../up", "a//b", "-x-"])
def test_nonsense_is_no_repo_id(serve: Callable[[Repo], Hub], checkpoint: Path, nonsense: str) -> None:
    """What can be neither folder nor repo id is told so."""
    serve(Repo.of(checkpoint))
    with pytest.raises(DownloadError):
        checkpoint_folder(nonsense)


def test_without_a_network_a_whole_copy_serves(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """What was downloaded once loads when the hub cannot be reached."""
    server = serve(Repo.of(checkpoint))
    folder = checkpoint_folder(NAME)
    server.close()
    assert checkpoint_folder(NAME) == folder
    assert checkpoint_folder(NAME, local_files_only=True) == folder


def test_without_a_network_and_a_copy_the_error_says_so(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """The address that was tried is named."""
    server = serve(Repo.of(checkpoint))
    server.close()
    with pytest.raises(DownloadError, match=f"no connection to {server.url}"):
        checkpoint_folder(NAME)


def test_half_a_copy_does_not_serve_offline(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """A copy that lacks a shard is not loaded; the error says how to complete it."""
    serve(Repo.of(checkpoint))
    folder = checkpoint_folder(NAME)
    (folder / "model-00002-of-00004.safetensors").unlink()
    with pytest.raises(DownloadError, match=f"try: vl2agent models pull {NAME}"):
        checkpoint_folder(NAME, local_files_only=True)


def test_a_hub_that_is_down_is_said_to_be(serve: Callable[[Repo], Hub], checkpoint: Path) -> None:
    """An answer of 503 to everything is not taken for a missing repository."""
    serve(Repo.of(checkpoint, status=503))
    with pytest.raises(DownloadError, match="503"):
        checkpoint_folder(NAME)


def test_a_disk_that_is_too_small_is_found_before(
    serve: Callable[[Repo], Hub], checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is downloaded that cannot be kept."""
    repo = Repo.of(checkpoint)
    serve(repo)
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(hub, "disk_usage", lambda _: usage)
    with pytest.raises(DownloadError, match="make room"):
        checkpoint_folder(NAME)
    assert not [path for _, path, _ in repo.requests if "/resolve/" in path]
