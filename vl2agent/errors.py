"""Errors of vl2agent, and the exit code that each one gives the command line.

VL2AgentError               1  the goal was not reached
  InputError                2  what was handed in cannot work
    GoalError                  the goal is not understood (.goal, .position, .nearest)
    CoordinateError            a point or box outside its space (.value, .space)
    KeyNameError               no such key, or no such chord (.name, .nearest)
    ImageError                 not a readable picture (.path)
    PolicyError                the policy file is wrong (.path, .rule)
    TrajectoryError            another tool's recording does not say what it should (.path, .place)
    UnsafeMarkup               a page made from a picture would hold what it must not (.place, .value)
  TargetNotFound            3  the words fit nothing on the screen (.words, .candidates, .picture)
    AmbiguousTarget            the words fit several things equally (.words, .candidates)
    LocatorTimeout             what a script waits for did not come (.words, .waited_s, .candidates)
    WindowGone                 a window that was there vanished: crashed or was closed (.title)
  ActionRefused             4  policy, a hook or a person said no (.action, .rule)
    DeliveryUnknown            it may have been done before, and nobody can tell (.step)
  LimitReached              5  steps, seconds or repeats ran out (.limit, .allowed, .used)
  CaptureError              6  no screenshot could be taken
    NoDisplay                  there is no display to look at
    WaylandUnsupported         the session is Wayland, which cannot be captured yet
    DisplayLost                the display went away while it was in use
  ExecutionError            7  the platform did not do it (.action)
    TextNotTypable             some characters have no route to the application (.text)
    ProgramFailed              a chart's program drew nothing (.reason)
  SandboxError              8  the sandbox did not start or died
    MissingPackages            programs are missing (.programs, .install)
    SandboxGone                no running sandbox has this name (.name)
  BackendError              9  the model could not answer
    MissingExtra               an optional part of this package is not installed (.extra)
    UnknownModel               no backend can run it (.model, .found)
    NotOffered                 the model has no such ability (.model, .asked)
    UnexpectedCall             a script of replies has none for this call (.number)
    WindowTooSmall             a prompt and its reply do not fit the model's window (.window, .needed)
    BackendTimeout             no answer came in time (.timeout_s)
    ServerError                a server did not answer as it should (.url, .status)
      ServerUnreachable          nothing answers there, or the connection broke
      ServerBusy                 it took no more requests, also after several tries (.retry_after_s)
      BadAnswer                  what came is not what the protocol says: half a stream, wrong JSON
  RecordingError           10  the recording cannot be written or read (.path)
    DiskFull                   no space is left for it
    NotResumable               there is nothing to go on with: over, never begun, its desktop gone
    RecordingBusy              another writer has it
    RecordingDamaged           it was changed after it was written, or a part of it is missing
    UnsafeArchive              a packed recording is not what `pack` makes (.entry)
    UnknownVersion             it is written in a format that is not known here (.found, .known)
  ParseError               11  a reply is not one known action (.reply, .position)
    EditRefused                nothing in it is a change of the page that can be made (.instruction, .refused)
    ProgramRefused             it is no program of a chart that may be run (.reason)
  ExpectationFailed        12  the screen does not show what a script expects (.expected, .seen, .picture)
  ReplayMismatch           13  what is done now is not what was recorded (.step, .expected, .got, .picture)
    NotRecorded                the recording has no answer to what is asked now
  Interrupted             130  a person stopped the run (.receipt)

Exit code 0 is success; 2 is also the command line's own answer to wrong options.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from vl2agent.steps import Receipt, Target


class VL2AgentError(Exception):
    """Anything this package raises on purpose."""

    exit_code: ClassVar[int] = 1


class InputError(VL2AgentError, ValueError):
    """What was handed in cannot work."""

    exit_code = 2


class GoalError(InputError):
    """A goal, or one clause of it, is not understood.

    Args:
        goal: the whole goal.
        position: index of the first character that was not understood.
        expected: what would have been understood there.
        nearest: known forms that come close, best first.
    """

    def __init__(self, goal: str, position: int, expected: str, nearest: Sequence[str] = ()) -> None:
        shown = goal[position : position + 60]
        hint = f"; did you mean {' or '.join(repr(form) for form in nearest)}?" if nearest else ""
        super().__init__(f"expected {expected} at character {position}, got {shown!r}{hint}")
        self.goal, self.position, self.expected, self.nearest = goal, position, expected, tuple(nearest)


class CoordinateError(InputError):
    """A point or a box lies outside the space it belongs to."""

    def __init__(self, value: object, space: str) -> None:
        super().__init__(f"expected coordinates within {space}, got {value}")
        self.value, self.space = value, space


class KeyNameError(InputError):
    """No key, or no chord, has this name."""

    def __init__(self, name: str, nearest: Sequence[str] = ()) -> None:
        hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
        super().__init__(f"expected a key such as 'enter', 'f5', 'ctrl+s', got {name!r}{hint}")
        self.name, self.nearest = name, tuple(nearest)


class ImageError(InputError):
    """A file is not a picture that can be read, or takes none."""

    def __init__(self, path: str | Path, reason: str, wanted: str = "a readable PNG, JPEG or WebP picture") -> None:
        super().__init__(f"expected {wanted}, got {str(path)!r}: {reason}")
        self.path, self.reason = str(path), reason


class PolicyError(InputError):
    """A policy file does not say what it means in a way that can be obeyed."""

    def __init__(self, path: str | Path, reason: str, rule: str = "") -> None:
        where = f", rule {rule!r}" if rule else ""
        super().__init__(f"policy {str(path)!r}{where}: {reason}")
        self.path, self.reason, self.rule = str(path), reason, rule


class TrajectoryError(InputError):
    """Another tool's recording does not say what it should.

    Args:
        path: the file.
        place: the line or item in it.
        reason: what was expected there, and what is there.
    """

    def __init__(self, path: str | Path, place: str, reason: str) -> None:
        super().__init__(f"{str(path)!r}, {place}: {reason}")
        self.path, self.place, self.reason = str(path), place, reason


class UnsafeMarkup(InputError):
    """Code for a page would hold what a page made from a picture must not have.

    Args:
        place: the tag, attribute or style.
        value: what it would say.
        expected: what it may say.
    """

    def __init__(self, place: str, value: str, expected: str) -> None:
        super().__init__(f"{place}: expected {expected}, got {value[:80]!r}")
        self.place = place
        self.value = value


class TargetNotFound(VL2AgentError):
    """The words fit nothing on the screen well enough.

    Args:
        words: what was looked for.
        candidates: the nearest things that are on the screen, best first.
        reason: why none of them was taken.

    `picture` is the file that shows the screen and the candidates, where one was written.
    """

    exit_code = 3

    def __init__(self, words: str, candidates: Sequence[Target] = (), reason: str = "") -> None:
        near = ", ".join(f"{c.text!r} ({c.confidence:.2f})" for c in candidates[:5])
        message = f"expected {words!r} on the screen, found nothing that fits"
        if reason:
            message += f" ({reason})"
        super().__init__(f"{message}; nearest: {near}" if near else message)
        self.words, self.candidates, self.reason = words, tuple(candidates), reason
        self.picture: Path | None = None


class AmbiguousTarget(TargetNotFound):
    """The words fit several things equally well; an ordinal or a relation would choose."""

    def __init__(self, words: str, candidates: Sequence[Target]) -> None:
        hint = f"say which, as in 'second {words}' or '{words} below ...'"
        super().__init__(words, candidates, hint)
        alike = ", ".join(f"{c.text!r} at {c.point} ({c.confidence:.2f})" for c in candidates[:5])
        number = len(candidates) or "several"
        self.args = (f"expected one {words!r} on the screen, found {number} that fit equally well: {alike}; {hint}",)


class LocatorTimeout(TargetNotFound, TimeoutError):
    """What a script waited for did not come, or did not come to rest.

    Args:
        words: what was looked for.
        waited_s: how long.
        candidates: what came nearest on the last picture, best first.
        reason: why none of them was taken.
    """

    def __init__(self, words: str, waited_s: float, candidates: Sequence[Target] = (), reason: str = "") -> None:
        super().__init__(words, candidates, reason)
        near = ", ".join(f"{c.text!r} ({c.confidence:.2f})" for c in candidates[:5])
        message = f"waited {waited_s:.1f} s for {words!r}: {reason or 'nothing on the screen fits'}"
        self.args = (f"{message}; nearest: {near}" if near else message,)
        self.waited_s = waited_s


class WindowGone(TargetNotFound):
    """A window that was there vanished: its application crashed or was closed."""

    def __init__(self, title: str, words: str = "") -> None:
        super().__init__(words or title, reason=f"its window {title!r} vanished; did the application crash?")
        self.title = title


class ActionRefused(VL2AgentError):
    """Policy, a hook or a person said no; nothing was sent.

    Args:
        action: what was refused.
        rule: name of the rule, or 'hook' or 'person'.
    """

    exit_code = 4

    def __init__(self, action: object, rule: str, reason: str = "") -> None:
        super().__init__(f"{rule} refused {action}" + (f": {reason}" if reason else ""))
        self.action, self.rule, self.reason = action, rule, reason


class DeliveryUnknown(ActionRefused):
    """An action may have been done before the run was cut off; nobody can tell, and it is not done twice.

    Args:
        action: which, in words.
        step: its number.
        reason: why it cannot be told.
    """

    def __init__(self, action: str, step: int, reason: str) -> None:
        hint = "look at the screen, then go on with --assume happened or --assume did-not-happen"
        why = f"whether step {step} was done before the run was cut off is not known, as {reason}; {hint}"
        super().__init__(action, "uncertain delivery", why)
        self.step = step


class LimitReached(VL2AgentError):
    """Steps, seconds or repeats ran out before the goal was reached."""

    exit_code = 5

    def __init__(self, limit: str, allowed: float, used: float, hint: str = "") -> None:
        super().__init__(f"limit {limit} reached: {used:g} of {allowed:g}" + (f"; {hint}" if hint else ""))
        self.limit, self.allowed, self.used = limit, allowed, used


class CaptureError(VL2AgentError):
    """No screenshot could be taken."""

    exit_code = 6


class NoDisplay(CaptureError):
    """There is no display to look at."""


class WaylandUnsupported(CaptureError):
    """The session is Wayland, whose screen cannot be captured yet."""


class DisplayLost(CaptureError):
    """The display went away while it was in use."""


class ExecutionError(VL2AgentError):
    """The platform did not do what it was asked to do."""

    exit_code = 7

    def __init__(self, message: str, action: object = None) -> None:
        super().__init__(message)
        self.action = action


class TextNotTypable(ExecutionError):
    """Some characters have no route to the application."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"cannot type {text!r}: {reason}")
        self.text, self.reason = text, reason


class ProgramFailed(ExecutionError):
    """A chart's program ended without a chart."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"expected the program to draw a chart, it did not: {reason}")
        self.reason = reason


class SandboxError(VL2AgentError):
    """The sandbox did not start, or died."""

    exit_code = 8


class MissingPackages(SandboxError):
    """Programs that the work needs are not installed.

    Args:
        programs: their names.
        install: the exact line that installs them on this platform.
    """

    def __init__(self, programs: Sequence[str], install: str) -> None:
        super().__init__(f"not installed: {', '.join(programs)}; try: {install}")
        self.programs, self.install = tuple(programs), install


class SandboxGone(SandboxError):
    """No running sandbox has this name."""

    def __init__(self, name: str, running: Sequence[str] = ()) -> None:
        known = f"running: {', '.join(running)}" if running else "none is running"
        super().__init__(f"no sandbox named {name!r} is running; {known}")
        self.name, self.running = name, tuple(running)


class BackendError(VL2AgentError):
    """The model could not answer."""

    exit_code = 9


class MissingExtra(BackendError):
    """An optional part of this package is needed and not installed."""

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(f"{needed_for} needs the extra {extra!r}; try: pip install 'vl2agent[{extra}]'")
        self.extra = extra


class UnknownModel(BackendError):
    """A model is of no family that a backend knows.

    Args:
        model: the folder or repository that was named.
        found: what its config.json says.
        supported: the families that can be run.
    """

    def __init__(self, model: str, found: str, supported: Sequence[str], hint: str = "") -> None:
        message = f"{model}: expected a model of type {' or '.join(supported)}, found {found}"
        super().__init__(f"{message}; {hint}" if hint else message)
        self.model, self.found, self.supported = model, found, tuple(supported)


class NotOffered(BackendError):
    """A model was asked for something that it, or its backend, cannot do."""

    def __init__(self, model: str, asked: str, hint: str = "") -> None:
        super().__init__(f"{model} does not offer {asked}" + (f"; {hint}" if hint else ""))
        self.model, self.asked = model, asked


class UnexpectedCall(BackendError):
    """A script of replies was called once too often, or with another prompt than it was written for."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"call {number} of a scripted model: {reason}")
        self.number = number


class WindowTooSmall(BackendError):
    """A prompt and what is kept free for its reply do not fit the model's window; nothing was sent.

    Args:
        model: whose window it is.
        window: tokens there are.
        needed: tokens that prompt and reply would take.
    """

    def __init__(self, model: str, window: int, needed: int, hint: str = "") -> None:
        message = f"{model}: expected prompt and reply within {window} tokens, they need {needed}"
        super().__init__(f"{message}; {hint or 'raise the window, or shorten the goal'}")
        self.model, self.window, self.needed = model, window, needed


class BackendTimeout(BackendError):
    """No answer came in time."""

    def __init__(self, model: str, timeout_s: float) -> None:
        super().__init__(f"{model}: expected an answer within {timeout_s:g} s, none came; raise the time-out")
        self.model, self.timeout_s = model, timeout_s


class ServerError(BackendError):
    """A model's server did not answer as it should.

    Args:
        url: what was asked.
        reason: what happened instead.
        status: the HTTP status; 0 where none came.
    """

    def __init__(self, url: str, reason: str, status: int = 0) -> None:
        super().__init__(f"{url}: {reason}")
        self.url, self.reason, self.status = url, reason, status


class ServerUnreachable(ServerError):
    """Nothing answers at the address, or the connection broke before the answer."""


class ServerBusy(ServerError):
    """The server took no more requests, also after several tries."""

    def __init__(self, url: str, reason: str, status: int = 429, retry_after_s: float | None = None) -> None:
        super().__init__(url, reason, status)
        self.retry_after_s = retry_after_s


class BadAnswer(ServerError):
    """What came is not what the protocol says: half a stream, wrong JSON, a field that is missing."""


class RecordingError(VL2AgentError):
    """A recording cannot be written or read."""

    exit_code = 10

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"recording {str(path)!r}: {reason}")
        self.path, self.reason = str(path), reason


class NotResumable(RecordingError):
    """There is nothing to go on with: the run is over, or never began, or its desktop is gone."""


class DiskFull(RecordingError):
    """No space is left for the recording."""


class RecordingBusy(RecordingError):
    """Another writer, in this process or in another one, has the recording."""


class RecordingDamaged(RecordingError):
    """What a recording holds is not what was written: an event or a picture was changed, or is missing."""


class UnsafeArchive(RecordingError):
    """A packed recording holds something that packing never writes; nothing of it was unpacked."""

    def __init__(self, path: str | Path, entry: str, reason: str) -> None:
        super().__init__(path, f"entry {entry!r}: {reason}; pack the folder anew with 'vl2agent pack'")
        self.entry = entry


class UnknownVersion(RecordingError):
    """A recording is written in another major version of the format than the one that is known here."""

    def __init__(self, path: str | Path, found: str, known: str) -> None:
        newer = "a newer" if found.partition(".")[0] > known.partition(".")[0] else "an older"
        hint = f"open it with {newer} vl2agent, as its manifest names it"
        super().__init__(path, f"expected a recording of version {known}, got {found}; {hint}")
        self.found, self.known = found, known


class ParseError(VL2AgentError):
    """A reply is not one known action.

    Args:
        reply: the text as it came.
        position: index of the first character that does not fit.
        expected: what would have fitted there.
    """

    exit_code = 11

    def __init__(self, reply: str, position: int, expected: str) -> None:
        super().__init__(f"expected {expected} at character {position}: {reply[position : position + 40]!r}")
        self.reply, self.position, self.expected = reply, position, expected


class EditRefused(ParseError):
    """Nothing that a model made of an instruction is a change that can be made.

    Args:
        instruction: what was to be done.
        reply: the text as it came.
        refused: what was understood, and cannot be done.
    """

    def __init__(self, instruction: str, reply: str, refused: Sequence[str]) -> None:
        super().__init__(reply, 0, "a change that can be made")
        understood = "; ".join(refused[:5]) or "nothing"
        hint = "say it in other words, name a block, and put new words in quotes"
        self.args = (f"expected changes that mean {instruction!r}, understood: {understood}; {hint}",)
        self.instruction, self.refused = instruction, tuple(refused)


class ProgramRefused(ParseError):
    """What a model wrote is no program of a chart, or does what such a program has no need of.

    Args:
        reply: the text as it came.
        reason: what is wrong.
    """

    def __init__(self, reply: str, reason: str) -> None:
        super().__init__(reply, 0, "a program that draws a chart")
        self.args = (f"expected a program that draws a chart, got one that cannot be taken: {reason}; ask again",)
        self.reason = reason


class ExpectationFailed(VL2AgentError, AssertionError):
    """The screen does not show what a script expects of it.

    Args:
        expected: what was expected, in words.
        seen: what was there instead when time ran out.
        waited_s: how long the screen was watched.
        picture: the file that shows the screen as it was then.
    """

    exit_code = 12

    def __init__(self, expected: str, seen: str, waited_s: float, picture: Path | None = None) -> None:
        shown = f"; picture: {picture}" if picture else ""
        super().__init__(f"expected {expected}, saw {seen} (waited {waited_s:.1f} s{shown})")
        self.expected, self.seen, self.waited_s, self.picture = expected, seen, waited_s, picture


class ReplayMismatch(VL2AgentError):
    """What is done now is not what the recording holds.

    Args:
        step: the first step that differs, from 1; 0 before the first one.
        what: what differs: 'action', 'prompt', 'decision' ...
        expected: the recorded side in words.
        got: this side in words.
        recorded: the recorded side as it is written down.
        now: this side as it would be written down.
        picture: the recorded picture of the screen before it, where there is one.
        diff: the two sides line by line, where they are long.
    """

    exit_code = 13

    def __init__(
        self,
        step: int,
        what: str,
        expected: str,
        got: str,
        *,
        recorded: object = None,
        now: object = None,
        picture: str | Path | None = None,
        diff: str = "",
    ) -> None:
        shown = f"; picture: {picture}" if picture else ""
        more = f"\n{diff}" if diff else ""
        super().__init__(f"step {step}, {what}: recorded {expected}, got {got}{shown}{more}")
        self.step, self.what, self.expected, self.got = step, what, expected, got
        self.recorded, self.now, self.diff = recorded, now, diff
        self.picture = str(picture) if picture else None


class NotRecorded(ReplayMismatch):
    """The recording has no answer to what is asked now: the run was killed here, or never came here."""


class Interrupted(VL2AgentError):
    """A person stopped the run.

    `receipt` tells what was sent of the action that was being performed, where one was.
    """

    exit_code = 130

    def __init__(self, message: str, receipt: Receipt | None = None) -> None:
        super().__init__(message)
        self.receipt = receipt
