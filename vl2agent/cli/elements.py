"""`vl2agent elements`: what is on the screen that a person could point at?"""

from __future__ import annotations

from vl2agent.cli import console, looking

EPILOG = """
[bold]Examples[/]

vl2agent elements --image screenshot.png\n
vl2agent elements --sandbox demo --json\n
vl2agent elements --draw elements.png
"""


def elements(
    image: looking.ImageFile = None,
    display: looking.DisplayName = None,
    sandbox: looking.SandboxName = None,
    draw: looking.DrawTo = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """List the texts and entries on a screen or a picture, each with its box and a guess at its role.

    Roles are guesses from the form alone: button, combo box, field, check box, tab, menu, link, heading, list item.
    """
    from rich.table import Table
    from rich.text import Text

    from vl2agent.perception.embedded import OcrPerception

    frame = looking.look(image, display, sandbox)
    found = OcrPerception().elements(frame)
    if draw:
        looking.draw(frame, [(element.box, element.role) for element in found], draw)
    if as_json:
        console.print_json([element.model_dump(mode="json") for element in found])
        return
    table = Table("text", "role", "box", "confidence")
    for element in found:
        table.add_row(Text(element.text), element.role, Text(str(element.box)), f"{element.confidence:.2f}")
    console.out.print(table)
