"""The command line: one file per command."""

from vl2agent.cli.main import main

__all__ = ["main"]
