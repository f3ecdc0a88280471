"""Help on the declared fields of a dataclass: their description, and a suggestion for a mistyped one."""

from __future__ import annotations

from dataclasses import fields
from functools import wraps
from typing import Any, TypeVar

from ev2gym_dashboard.core.schema import Choice, Declaration, Quantity, list_declared, make_name_issue

T = TypeVar("T")


def describe_fields(cls: type) -> str:
    """Return the declared fields of a dataclass as text: name, default, unit, bounds or options, and meaning."""
    return "\n".join(f"{name} : {_describe_declaration(field)}" for name, field in list_declared(cls).items())


def _describe_declaration(declaration: Declaration) -> str:
    default = f"default {declaration.default!r}"
    if isinstance(declaration, Quantity):
        unit = f" {declaration.unit}" if declaration.unit else ""
        words = "".join(f" or {word!r}" for word in declaration.words)
        return f"{declaration.low:g} to {declaration.high:g}{unit}{words}, {default}\n    {declaration.about}"
    options = declaration.options if isinstance(declaration, Choice) else ()
    return f"{'one of ' * bool(options)}{', '.join((*options, default))}\n    {declaration.about}"


def refuse_unknown_names(cls: type[T]) -> type[T]:
    """Return a dataclass whose constructor suggests the field that an unknown keyword may mean."""
    target: Any = cls
    # In order, for the sentence.
    construct, known = target.__init__, dict.fromkeys(f.name for f in fields(target))

    @wraps(construct)
    def init(self: T, *arguments: Any, **values: Any) -> None:
        if unknown := [name for name in values if name not in known]:
            raise TypeError("; ".join(f"{cls.__name__}: {make_name_issue(name, known)}" for name in unknown))
        construct(self, *arguments, **values)

    target.__init__ = init
    return cls
