"""`vl2agent models` as a real process, against a server with the hub's routes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_server import COMMIT, Hub, Repo
from nano_models import config_like, random_model

from vl2.checkpoint.save import save_model

NAME = "owner/nano"
TOKENIZER = Path(__file__).parents[2] / "fixtures" / "vl2" / "tokenizer"
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole checkpoint folder."""
    folder = tmp_path_factory.mktemp("checkpoint")
    save_model(random_model(config_like("tiny")), folder, shard_bytes=400_000)
    for path in TOKENIZER.glob("tokenizer*.json"):
        shutil.copyfile(path, folder / path.name)
    return folder


@pytest.fixture
def repo(checkpoint: Path) -> Repo:
    """It, as a repository whose server cuts three downloads in the middle."""
    return Repo.of(checkpoint, cuts=3)


@pytest.fixture
def models(repo: Repo, tmp_path: Path) -> Iterator[Command]:
    """Run `vl2agent models ...` with that server as the hub and an empty cache."""
    with Hub({NAME: repo}) as hub:
        environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0"}

        def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-W", "error", "-m", "vl2agent", "models", *arguments]
            return subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
                stdin=subprocess.DEVNULL,
                env=environment,
            )

        yield run


def output(done: subprocess.CompletedProcess[str]) -> Any:
    """The JSON of a command that went well."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_model_comes_is_listed_and_goes(models: Command, tmp_path: Path) -> None:
    """Pull over a bad line, list, path, rm: the life of a model in the cache."""
    pulled = output(models("pull", NAME, "--json"))
    assert pulled["commit"] == COMMIT
    assert Path(pulled["path"]).is_relative_to(tmp_path)
    (listed,) = output(models("list", "--json"))
    assert (listed["repo_id"], listed["variant"], listed["refs"]) == (NAME, "custom", ["main"])
    assert models("path", NAME).stdout.strip() == pulled["path"] == listed["folder"]
    assert NAME in models("list").stdout
    removed = output(models("rm", NAME, "--yes", "--json"))
    assert removed["freed_bytes"] > 500_000
    assert output(models("list", "--json")) == []
    assert not Path(pulled["path"]).exists()


def test_verify_loads_what_was_pulled(models: Command) -> None:
    """Every hash is the stated one, and the weights load."""
    models("pull", NAME)
    findings = output(models("verify", NAME, "--quick", "--json"))
    assert set(findings["files"].values()) == {True}
    assert findings["model"]["parameters"] > 100_000


def test_verify_finds_a_flipped_byte(models: Command) -> None:
    """A file that changed on disk is named, and nothing is loaded."""
    folder = Path(models("pull", NAME).stdout.strip())
    shard = min(folder.glob("*.safetensors")).resolve()
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(content)
    done = models("verify", NAME, "--quick")
    assert done.returncode == 9
    assert "model-00001-of" in done.stderr
    assert "Traceback" not in done.stderr


def test_verify_takes_a_folder(models: Command, checkpoint: Path) -> None:
    """Outside the cache nobody states hashes; loading is checked all the same."""
    done = models("verify", str(checkpoint), "--quick")
    assert done.returncode == 0, done.stderr
    assert "nobody states a hash" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pull", "owner/nothing"), "no such repository"),
        (("pull", NAME, "--revision", "v9"), "no revision 'v9'"),
        (("path", NAME), f"vl2agent models pull {NAME}"),
        (("verify", NAME), f"vl2agent models pull {NAME}"),
    ],
)
def test_what_the_model_says_is_exit_code_9(models: Command, arguments: tuple[str, ...], said: str) -> None:
    """One red message, without a traceback."""
    done = models(*arguments)
    assert done.returncode == 9, done.stderr
    assert said in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("rm", "owner/nothing"), ("rm", "owner/nothing", "--yes", "--json")])
def test_what_is_not_there_cannot_be_removed(models: Command, arguments: tuple[str, ...]) -> None:
    """Wrong input, and where to look."""
    done = models(*arguments)
    assert done.returncode == 2
    assert "vl2agent models list" in (done.stdout + done.stderr).replace("\n", " ")


def test_removing_asks_first(models: Command) -> None:
    """Where nobody can be asked, nothing goes without --yes."""
    models("pull", NAME)
    done = models("rm", NAME)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert len(output(models("list", "--json"))) == 1


def test_listing_and_fetching_load_no_torch() -> None:
    """Commands that compute nothing start fast."""
    code = "import sys, vl2.checkpoint.hub, vl2.checkpoint.hubcache, vl2agent.cli.models; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"


def test_without_the_extra_the_error_names_it() -> None:
    """A thin install gets the line that installs what is missing."""
    code = """
import sys
sys.modules["huggingface_hub"] = None
sys.argv = ["vl2agent", "models", "list"]
from vl2agent.cli.main import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 9
    assert "pip install 'vl2agent[local]'" in done.stderr.replace("\n", " ")
