"""Where an action lands: points and the windows there, as far as the platform tells."""

from __future__ import annotations

from dataclasses import dataclass

from vl2agent.actions import Action, points_of
from vl2agent.geometry import ScreenPoint
from vl2agent.steps import Frame, Window


@dataclass(frozen=True, slots=True)
class Place:
    """One place that an action reaches.

    Args:
        point: the pixel; None for keys and typed text.
        window: what is there; None is no window (the desktop, a panel) where `told`, else nobody knows.
        told: the platform tells its windows.
    """

    point: ScreenPoint | None = None
    window: Window | None = None
    told: bool = True


def places_of(action: Action, frame: Frame) -> tuple[Place, ...]:
    """List the places: one for each point, else the active window, else all that may have the keys."""
    told = frame.tells_windows or bool(frame.windows)
    if points := points_of(action):
        return tuple(Place(point, _window_at(point, frame), told) for point in points)
    windows = [window for window in frame.windows if window.active] or frame.windows
    return tuple(Place(None, window) for window in windows) or (Place(told=told),)


def _window_at(point: ScreenPoint, frame: Frame) -> Window | None:
    return next((window for window in frame.windows if window.box.contains(point)), None)
