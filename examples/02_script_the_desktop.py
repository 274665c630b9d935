"""Script a whole desktop that nobody else uses: write a file in its text editor.

python examples/02_script_the_desktop.py
"""

from vl2agent import Agent, Sandbox
from vl2agent.actions import Key, TypeText

TEXT = "naïve café € < > 日本語\n"


def main() -> str:
    """Let words find what has a name, and send exact actions where no words are needed."""
    with Sandbox(size=(1024, 640), apps=["mousepad"]) as desktop:
        agent = Agent(desktop)
        agent.run("wait until 'Untitled 1 - Mousepad' appears")

        receipt = desktop.perform(TypeText(text=TEXT))
        print(f"typed by {receipt.route} in {receipt.duration_s:.2f} s")

        desktop.perform(Key(keys="ctrl+s"))
        agent.run("wait until 'Save As' appears")
        desktop.perform(TypeText(text="greeting.txt"))
        agent.run("click Save button, wait until 'Save As' disappears")

        print("windows:", *(window.title for window in desktop.windows()))
        return (desktop.home / "greeting.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    print("the file says:", main())
