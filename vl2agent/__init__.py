"""See any screen through a locally hosted model, and act on it.

    from vl2agent import Agent, Sandbox, Screen

    with Sandbox() as desktop:
        Agent(desktop).run("open settings")                       # a goal
        Screen(desktop).locate("Appearance").click()              # a script

Names are imported when they are used: `import vl2agent` itself loads nothing heavy.
"""

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vl2agent.agent import Agent, RunResult
    from vl2agent.calls import Model
    from vl2agent.capture.desktop import DesktopScreen
    from vl2agent.errors import VL2AgentError
    from vl2agent.executor.dry_run import DryRunExecutor
    from vl2agent.loop.hooks import Hooks
    from vl2agent.loop.limits import Limits
    from vl2agent.perception.embedded import OcrPerception
    from vl2agent.perception.vl2 import VL2Perception
    from vl2agent.planner.commands import CommandPlanner
    from vl2agent.planner.guarding import GoalPolicy
    from vl2agent.planner.vl2 import VL2Planner
    from vl2agent.policy.killswitch import KillSwitch
    from vl2agent.policy.policy import RulePolicy
    from vl2agent.recording.reader import Recording
    from vl2agent.recording.redaction import Redaction
    from vl2agent.recording.writer import Recorder
    from vl2agent.sandbox.browser import BrowserSandbox
    from vl2agent.sandbox.desktop import Sandbox
    from vl2agent.scripting.sync_expecting import expect
    from vl2agent.scripting.sync_locator import Locator
    from vl2agent.scripting.sync_screen import Screen

__version__ = "0.1.0"

__all__ = [
    "Agent",
    "BrowserSandbox",
    "CommandPlanner",
    "DesktopScreen",
    "DryRunExecutor",
    "GoalPolicy",
    "Hooks",
    "KillSwitch",
    "Limits",
    "Locator",
    "Model",
    "OcrPerception",
    "Recorder",
    "Recording",
    "Redaction",
    "RulePolicy",
    "RunResult",
    "Sandbox",
    "Screen",
    "VL2AgentError",
    "VL2Perception",
    "VL2Planner",
    "__version__",
    "expect",
]

_HOMES = {
    "Agent": "agent",
    "BrowserSandbox": "sandbox.browser",
    "CommandPlanner": "planner.commands",
    "DesktopScreen": "capture.desktop",
    "DryRunExecutor": "executor.dry_run",
    "GoalPolicy": "planner.guarding",
    "Hooks": "loop.hooks",
    "KillSwitch": "policy.killswitch",
    "Limits": "loop.limits",
    "Locator": "scripting.sync_locator",
    "Model": "calls",
    "OcrPerception": "perception.embedded",
    "Recorder": "recording.writer",
    "Recording": "recording.reader",
    "Redaction": "recording.redaction",
    "RulePolicy": "policy.policy",
    "RunResult": "agent",
    "Sandbox": "sandbox.desktop",
    "Screen": "scripting.sync_screen",
    "VL2AgentError": "errors",
    "VL2Perception": "perception.vl2",
    "VL2Planner": "planner.vl2",
    "expect": "scripting.sync_expecting",
}

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
