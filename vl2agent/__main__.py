"""`python -m vl2agent` is the `vl2agent` command."""

from vl2agent.cli import main

if __name__ == "__main__":
    main()
