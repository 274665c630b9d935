"""The goals of the desktop bench: what to say, what is there at the beginning, and how to tell that it was reached.

To add one, write a `Goal` into GOALS. `check` looks at state, never at pixels: settings as xfconf has them, files, what
a server was sent, the clipboard. It returns what is wrong, or "" when the goal was reached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from vl2agent.bench.scene import PORT, Scene, ask, posted
from vl2agent.sandbox.desktop import Sandbox

Check: TypeAlias = Callable[[Sandbox, Scene], str]


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One goal.

    Args:
        name: how `--goals` calls it.
        say: the goal, as `vl2agent run` takes it; a function of the scene where it depends on the theme.
        check: what is wrong afterwards, or "".
        files, pages, open: as in Scene.
    """

    name: str
    say: str | Callable[[Scene], str]
    check: Check
    files: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    open: Sequence[str] = ()

    def scene(self, seed: int, *, size: tuple[int, int] | None = None, scale: int = 1) -> Scene:
        """The desktop that it starts on; a size that is given takes the place of the seed's."""
        scene = Scene.from_seed(seed, files=self.files, pages=self.pages, open=self.open)
        return replace(scene, size=size or scene.size, scale=scale)

    def words(self, scene: Scene) -> str:
        """What to say on this desktop."""
        return self.say if isinstance(self.say, str) else self.say(scene)


def xfconf(channel: str, key: str, expected: str) -> Check:
    """Check a setting."""

    def check(desktop: Sandbox, scene: Scene) -> str:
        value = ask(desktop, "xfconf-query", "-c", channel, "-p", key)
        return "" if value == expected else f"{channel} {key} is {value!r}, not {expected!r}"

    return check


def text(path: str, expected: str) -> Check:
    """Check what a file below HOME holds, but for blanks around it."""

    def check(desktop: Sandbox, scene: Scene) -> str:
        file = desktop.home / path
        if not file.is_file():
            return f"{path} was not written"
        written = file.read_text(encoding="utf-8").strip()
        return "" if written == expected else f"{path} holds {written!r}, not {expected!r}"

    return check


def folders(*present: str, absent: Sequence[str] = ()) -> Check:
    """Check which folders and files there are below HOME."""

    def check(desktop: Sandbox, scene: Scene) -> str:
        missing = [name for name in present if not (desktop.home / name).exists()]
        left = [name for name in absent if (desktop.home / name).exists()]
        return "; ".join([*(f"{name} is missing" for name in missing), *(f"{name} is still there" for name in left)])

    return check


def form(**expected: str) -> Check:
    """Check what the form sent."""

    def check(desktop: Sandbox, scene: Scene) -> str:
        fields = posted(desktop)
        return "" if fields == expected else f"the form sent {fields}, not {expected}"

    return check


def clipboard(expected: str) -> Check:
    """Check what was copied."""

    def check(desktop: Sandbox, scene: Scene) -> str:
        copied = ask(desktop, "timeout", "2", "xclip", "-o", "-selection", "clipboard").strip()
        return "" if copied == expected else f"the clipboard holds {copied!r}, not {expected!r}"

    return check


def every(*checks: Check) -> Check:
    """All of these."""
    return lambda desktop, scene: "; ".join(wrong for check in checks if (wrong := check(desktop, scene)))


def _other_style(scene: Scene) -> str:
    return "Greybird" if scene.theme == "Adwaita-dark" else "Adwaita-dark"


ORDER = """<!doctype html><title>Order</title><body style="font: 16px sans-serif; margin: 40px">
<h1>Order a shirt</h1><form method="post" action="/order">
<p><label>Name <input name="name"></label></p>
<p><label>Street <input name="street"></label></p>
<p><label>Colour <select name="colour"><option>Red<option>Green<option>Blue</select></label></p>
<p>Size <label><input type="radio" name="size" value="S"> Small</label>
<label><input type="radio" name="size" value="L"> Large</label></p>
<p><label><input type="checkbox" name="gift" value="yes"> Wrap as a gift</label></p>
<p><button>Submit</button></p></form>"""

NEWS = """<!doctype html><title>News</title><body style="font: 16px sans-serif; margin: 40px">
<h1>News</h1><p>Nothing new today.</p><p><a href="/order">Order a shirt</a></p>"""

GOALS: tuple[Goal, ...] = (
    Goal(
        name="style",
        say=lambda scene: f"open settings, then open Appearance and choose the {_other_style(scene)} style",
        check=lambda desktop, scene: xfconf("xsettings", "/Net/ThemeName", _other_style(scene))(desktop, scene),
    ),
    Goal(
        name="workspaces and a note",
        say="open settings, open Workspaces, set the number of workspaces to 6 and close the window. "
        "Then open Mousepad, type 'six workspaces' and save as 'workspaces.txt'",
        check=every(xfconf("xfwm4", "/general/workspace_count", "6"), text("workspaces.txt", "six workspaces")),
    ),
    Goal(
        name="note in any script",
        say="open the text editor, type 'naïve café, 5 € < 日本語', press ctrl+s, "
        "type 'notes.txt' into Name and click Save, close Mousepad, open the file manager and rename notes.txt to "
        "'archive.txt'",
        check=text("archive.txt", "naïve café, 5 € < 日本語"),
    ),
    Goal(
        name="folders",
        say="open the file manager, create a folder named 'reports', then rename 'Music' to 'Songs', open reports "
        "and create a folder named 'May'",
        check=folders("reports/May", "Songs", absent=["Music"]),
    ),
    Goal(
        name="calculator",
        say="open the calculator, click 7, *, 6 and =, then press ctrl+c",
        check=clipboard("42"),
    ),
    Goal(
        name="sum into a note",
        say="open the calculator, type '12*34', press enter, copy, then open Mousepad, paste and save as 'sum.txt'",
        check=text("sum.txt", "408"),
    ),
    Goal(
        name="web form",
        say=f"open http://localhost:{PORT}/order, type 'Ada Lovelace' into Name, enter 'Main Street 1' in Street, "
        "choose 'Blue' in Colour, choose Large, check 'Wrap as a gift', click Submit and wait until 'Thank you' appears",
        check=form(name="Ada Lovelace", street="Main Street 1", colour="Blue", size="L", gift="yes"),
        pages={"order": ORDER},
    ),
    Goal(
        name="link and form and a note",
        say=f"open the browser and go to localhost:{PORT}/news; click Order a shirt; fill in Name with 'Grace'; "
        "click Submit; wait for 'Thank you'; then switch to Mousepad, type 'ordered', save as 'order.txt'",
        check=every(form(name="Grace", street="", colour="Red"), text("order.txt", "ordered")),
        pages={"order": ORDER, "news": NEWS},
        open=["mousepad"],
    ),
    Goal(
        name="terminal then files",
        say="open the terminal, type 'mkdir -p projects/alpha' and press enter, close the terminal, "
        "open the file manager, open projects, open alpha and create a folder named 'docs'",
        check=folders("projects/alpha/docs"),
    ),
    Goal(
        name="file from the file manager",
        say="open Documents, open shopping.txt, press ctrl+end, type ' and milk', save, close the window, "
        "then close Documents",
        check=text("Documents/shopping.txt", "bread and milk"),
        files={"Documents/shopping.txt": "bread"},
        open=["thunar"],
    ),
    Goal(
        name="focus of windows",
        say="open settings, then open Window Manager, click the Focus tab, choose 'Focus follows mouse' and close it",
        check=xfconf("xfwm4", "/general/click_to_focus", "false"),
    ),
    Goal(
        name="keyboard and a note",
        say="open settings, open Keyboard, uncheck 'Enable key repeat', close the window, open Mousepad, "
        "type 'no repeat' and save it as 'keyboard.txt'",
        check=every(xfconf("keyboards", "/Default/KeyRepeat", "false"), text("keyboard.txt", "no repeat")),
    ),
    Goal(
        name="icons and fonts",
        say="open Appearance, switch to the Settings tab, check 'Show images in menus' and uncheck "
        "'Show images on buttons', then close Appearance",
        check=every(xfconf("xsettings", "/Gtk/MenuImages", "true"), xfconf("xsettings", "/Gtk/ButtonImages", "false")),
    ),
    Goal(
        name="copy a file",
        say="open Documents, click plan.txt, copy, press alt+up, open Pictures, paste, then open the terminal, "
        "type 'ls Pictures > listing.txt' and press enter",
        check=every(text("Pictures/plan.txt", "plan"), text("listing.txt", "plan.txt")),
        files={"Documents/plan.txt": "plan"},
        open=["thunar"],
    ),
)
