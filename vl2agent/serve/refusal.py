"""Every way to say no, in OpenAI's form: `{"error": {"message", "type", "param", "code"}}` and a status."""

from __future__ import annotations

import math
from typing import Any

from vl2agent.errors import BackendError, InputError, NotOffered, WindowTooSmall


class Refusal(Exception):
    """A request gets an error for an answer.

    Args:
        status: of HTTP.
        code: for programs.
        message: for people: what was expected, what came, what to try.
        param: the field of the request that it is about.
        retry_after_s: when to come again.
    """

    def __init__(
        self, status: int, code: str, message: str, *, param: str | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param = status, code, message, param
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """Those that go with it: whole seconds, as HTTP wants them."""
        if self.status == 401:
            return {"www-authenticate": "Bearer"}
        if self.retry_after_s is None:
            return {}
        return {"retry-after": str(max(1, math.ceil(self.retry_after_s)))}

    @property
    def body(self) -> dict[str, Any]:
        """Tell it as JSON."""
        return {"error": {"message": self.message, "type": self._type, "param": self.param, "code": self.code}}

    @property
    def _type(self) -> str:
        if self.status == 429:
            return "rate_limit_error"
        return "server_error" if self.status >= 500 else "invalid_request_error"


def unfit(message: str, *, param: str | None = None, code: str = "invalid_value") -> Refusal:
    """Say that the request cannot work as it is."""
    return Refusal(400, code, message, param=param)


def too_large(what: str, allowed: int, got: int | None = None) -> Refusal:
    """Say that something goes beyond a limit."""
    came = "more" if got is None else f"{got:,}"
    return Refusal(413, "request_too_large", f"expected {what} of at most {allowed:,}, got {came}")


def timed_out(seconds: float) -> Refusal:
    """Say that the reply was not ready in time."""
    return Refusal(503, "timeout", f"expected a reply within {seconds:g} s, it took longer; ask for fewer tokens")


def stopping() -> Refusal:
    """Say that the server ends."""
    return Refusal(503, "stopping", "the server is being stopped; ask again later", retry_after_s=5)


def of_error(error: Exception) -> Refusal:
    """Say what a backend's error means for who asked: their doing (400), or not (500)."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, WindowTooSmall):
        return unfit(str(error), param="messages", code="context_length_exceeded")
    if _is_askers_doing(error):
        return unfit(str(error), code="unsupported" if isinstance(error, NotOffered) else "invalid_request")
    if isinstance(error, BackendError):
        return Refusal(500, "model_error", str(error))
    return Refusal(500, "internal_error", f"the server failed ({type(error).__name__}); its log says where")


def _is_askers_doing(error: Exception) -> bool:
    """Whether a model refused what it was asked; at the root of that lies a ValueError: a grammar, turns, a picture."""
    if isinstance(error, InputError | NotOffered):
        return True
    return isinstance(error, BackendError) and isinstance(error.__cause__, ValueError)


def place_of(error: BaseException) -> str:
    """Name an error and the line it came from, for the log; its own words may hold what was asked."""
    at = error.__traceback__
    while at and at.tb_next:
        at = at.tb_next
    place = f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}" if at else "an unknown place"
    return f"{type(error).__name__} at {place}"
