"""`vl2agent models`: checkpoints on this machine, fetched, listed, checked and removed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Column, Table

from vl2agent.backends.local import typed_errors
from vl2agent.cli import console, models_verify
from vl2agent.errors import InputError

if TYPE_CHECKING:
    from vl2.checkpoint.hubcache import CachedCheckpoint

app = typer.Typer(
    help="Fetch, list, check and remove the weights of models.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    epilog="""
[bold]Examples[/]

vl2agent models pull deepseek-ai/deepseek-vl2-tiny\n
vl2agent models list\n
vl2agent models verify deepseek-ai/deepseek-vl2-tiny   [dim]# hashes, loading, a small exam, speed[/]\n
vl2agent models verify ./my-finetune --quick   [dim]# hashes and loading alone[/]\n
vl2agent models rm deepseek-ai/deepseek-vl2-tiny

Weights are kept in the usual Hugging Face cache; HF_HOME says where that is.
""",
)
app.command(epilog=models_verify.EPILOG)(models_verify.verify)

Repo = Annotated[str, typer.Argument(help="Such as deepseek-ai/deepseek-vl2-tiny.", show_default=False)]
Revision = Annotated[str | None, typer.Option(help="Branch, tag or commit; by default the newest.")]


@app.command()
def pull(repo: Repo, revision: Revision = None, as_json: console.AsJson = False) -> None:
    """Download a model into the cache, or complete a download that was cut; every file is verified."""
    with typed_errors():
        from vl2.checkpoint.hub import checkpoint_folder

        with transfer() as progress:
            folder = checkpoint_folder(
                repo, revision=revision, progress=lambda name, done, total: progress(name, done, total)
            )
    if as_json:
        console.print_json({"repo": repo, "commit": folder.name, "path": str(folder)})
    else:
        console.out.print(str(folder), soft_wrap=True, markup=False)


@app.command("list")
def list_cached(as_json: console.AsJson = False) -> None:
    """List the models in the cache."""
    found = _cached()
    if as_json:
        console.print_json([_as_data(checkpoint) for checkpoint in found])
    elif not found:
        console.err.print("[dim]none here; fetch one: vl2agent models pull deepseek-ai/deepseek-vl2-tiny[/]")
    else:
        console.out.print(_table(found))


@app.command()
def path(repo: Repo, revision: Revision = None, as_json: console.AsJson = False) -> None:
    """Print the folder of a model in the cache."""
    with typed_errors():
        from vl2.checkpoint.hub import checkpoint_folder

        folder = checkpoint_folder(repo, revision=revision, local_files_only=True)
    if as_json:
        console.print_json({"repo": repo, "commit": folder.name, "path": str(folder)})
    else:
        console.out.print(str(folder), soft_wrap=True, markup=False)


@app.command()
def rm(
    repo: Repo,
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit; by default all of them.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: console.AsJson = False,
) -> None:
    """Remove a model from the cache."""
    found = [checkpoint for checkpoint in _cached() if checkpoint.repo_id == repo and _is(checkpoint, revision)]
    if not found:
        which = repo if revision is None else f"{repo} at {revision}"
        raise InputError(f"expected a model in the cache, found no {which}; see: vl2agent models list")
    total = sum(checkpoint.nbytes for checkpoint in found)
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise InputError(f"expected --yes where nobody can be asked; it would remove {_size(total)}")
        typer.confirm(f"Remove {repo}, {_size(total)}?", abort=True, err=True)
    with typed_errors():
        from vl2.checkpoint.hubcache import remove

        freed = sum(remove(checkpoint) for checkpoint in found)
    if as_json:
        console.print_json({"removed": [_as_data(checkpoint) for checkpoint in found], "freed_bytes": freed})
    else:
        console.err.print(f"removed {escape(repo)}, {_size(freed)}")


@contextmanager
def transfer() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar of bytes on stderr; yields what the download reports to."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(binary_units=True), TransferSpeedColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console.err, transient=True) as bar:
        task = bar.add_task("", total=None, start=False)

        def report(name: str, done: int, total: int) -> None:
            if not bar.tasks[0].started:
                bar.start_task(task)
            bar.update(task, description=escape(name), completed=done, total=total)

        yield report


def _cached() -> list[CachedCheckpoint]:
    with typed_errors():
        from vl2.checkpoint.hubcache import cached_checkpoints

        return cached_checkpoints()


def _is(checkpoint: CachedCheckpoint, revision: str | None) -> bool:
    return revision is None or revision in (checkpoint.commit, *checkpoint.refs)


def _as_data(checkpoint: CachedCheckpoint) -> dict[str, Any]:
    return {**asdict(checkpoint), "folder": str(checkpoint.folder), "refs": list(checkpoint.refs)}


def _table(found: list[CachedCheckpoint]) -> Table:
    table = Table(
        Column("repository"), Column("variant"), Column("size", justify="right"), Column("revision"),
        Column("folder", overflow="fold"), box=None,
    )  # fmt: skip
    for checkpoint in found:
        revision = " ".join((*checkpoint.refs, checkpoint.commit[:8]))
        folder = str(_near_home(checkpoint.folder))
        table.add_row(escape(checkpoint.repo_id), checkpoint.variant, _size(checkpoint.nbytes), revision, folder)
    return table


def _near_home(folder: Path) -> Path:
    home = Path.home()
    return Path("~") / folder.relative_to(home) if folder.is_relative_to(home) else folder


def _size(nbytes: int) -> str:
    for unit in ("B", "kB", "MB"):
        if nbytes < 1000:
            return f"{nbytes:.3g} {unit}"
        nbytes /= 1000  # type: ignore[assignment]
    return f"{nbytes:.3g} GB"
