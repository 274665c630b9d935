"""Questions about a screen that only a model can answer."""

from __future__ import annotations

from typing import Protocol, cast

from pydantic import BaseModel, ValidationError

from vl2agent.completion import Reply
from vl2agent.errors import InputError, NotOffered, ParseError
from vl2agent.scripting.session import Session
from vl2agent.steps import Frame


class Asking(Protocol):
    """The part of a perception that answers questions, where it has one."""

    def ask(self, question: str, frame: Frame, schema: type[BaseModel] | None = None) -> Reply: ...


def answer(question: str, session: Session, schema: type[BaseModel] | None = None) -> str:
    """Ask about the screen as it is now.

    Raises:
        InputError: the schema is no Pydantic model.
        NotOffered: nothing here answers questions.
        BackendError, ParseError: the model did not, or not so.
    """
    if schema is not None and not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        raise InputError(f"expected a schema that is a class made from pydantic.BaseModel, got {schema!r}")
    text = _asking(session).ask(question, session.look().frame, schema).text
    if schema is not None:
        try:
            schema.model_validate_json(text)
        except ValidationError as error:
            raise ParseError(text, 0, f"JSON that fits {schema.__name__}") from error
    return text


def _asking(session: Session) -> Asking:
    perception, model = session.parts.perception, session.parts.model
    if hasattr(perception, "ask"):
        return cast(Asking, perception)
    if model is None:
        hint = "only a model does; try Screen(..., model='deepseek-ai/deepseek-vl2-tiny'), a folder or a server's URL"
        raise NotOffered(type(perception).__name__, "answers to questions", hint)
    from vl2agent.perception.vl2 import VL2Perception

    return VL2Perception(model)
