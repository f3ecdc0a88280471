"""Error of a strategy: one sentence about what it did wrong, with its name and its file."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core.schema import Issue, ValidationError


class StrategyError(ValidationError):
    """A strategy is declared wrongly, or did something that ends its run; the message names it and its file."""


def make_strategy_error(strategy: str, source: str, template: str, **values: object) -> StrategyError:
    """Return the error of a strategy.

    Parameters
    ----------
    strategy, source : its key and the name of its file
    template : English sentence after the name, also the key of its translation, with ``{names}``
    values : fill the template
    """
    issue = make_strategy_issue(strategy, source, template, **values)
    return StrategyError([issue])


def make_strategy_issue(strategy: str, source: str, template: str, **values: object) -> Issue:
    """Return the issue of a strategy; see `make_strategy_error`."""
    return Issue("strategy", template, (("strategy", strategy), ("source", source), *values.items()))


def describe_exception(error: BaseException, source_file: str) -> dict[str, Any]:
    """Return the type and the text of an exception, and the line of a file in which it arose, for a template."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == source_file and frame.lineno]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return {"line": line or "?", "kind": type(error).__name__, "text": " ".join(text.split()) or "no message"}


def get_source_name(source_file: str) -> str:
    """Return the name of a file for people, without its folder."""
    return Path(source_file).name
