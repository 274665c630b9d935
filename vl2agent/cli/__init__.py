"""The command line: one file per command."""

import signal

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave with the exit code of its error, if any."""
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listens:  # Ctrl-C while modules load just ends the process: nothing has begun
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from vl2agent.cli.main import main as command

    if listens:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command()
