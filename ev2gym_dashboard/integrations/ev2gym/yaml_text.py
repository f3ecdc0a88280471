"""YAML of a user as flat values: one document of plain values, without aliases, tags and repeated keys."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, NamedTuple

from ev2gym_dashboard.core.schema import Issue, ValidationError

MAX_DEPTH = 10
MAX_REASON_LENGTH = 200


class YamlValue(NamedTuple):
    """A value, and the number of the line on which it begins."""

    value: Any
    line: int


def parse_yaml(text: str) -> dict[str, YamlValue]:
    """Return the values of a YAML text by their path, such as ``"ev.desired_capacity"``.

    Raises
    ------
    ValidationError
        With one issue if the text cannot be read, or an issue for each repeated key.
    """
    if find_spec("yaml") is None:
        template = "cannot be read: YAML needs PyYAML, pip install 'ev2gym-dashboard[ev2gym]'"
        raise ValidationError([Issue("file", template)])
    import yaml  # noqa: PLC0415 (an extra)

    try:
        _refuse_hostile_events(yaml.parse(text, Loader=yaml.SafeLoader))
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise ValidationError([Issue("file", "must be EV2Gym's configuration: lines such as {example}", EXAMPLE)])
        values: dict[str, YamlValue] = {}
        issues: list[Issue] = []
        _flatten(loader, root, "", values, issues)
    # A number of thousands of digits or the 31st of February is a ValueError, an absurd offset of a time an overflow.
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, ValidationError):
            raise
        raise ValidationError([_make_yaml_issue(error)]) from None
    if issues:
        raise ValidationError(issues)
    return values


EXAMPLE = (("example", '"timescale: 15"'),)


def _refuse_hostile_events(events: Any) -> None:
    """Raise an issue at an alias, which a few lines can multiply to billions of values, or too deep a nesting."""
    depth = 0
    for event in events:
        name = type(event).__name__
        depth += name.endswith("StartEvent") - name.endswith("EndEvent")
        if name == "AliasEvent" or depth > MAX_DEPTH:
            template = "line {line}: aliases and more than {high} levels are not read; write the values themselves"
            values = (("line", event.start_mark.line + 1), ("high", MAX_DEPTH))
            raise ValidationError([Issue("file", template, values)])


def _flatten(loader: Any, node: Any, prefix: str, values: dict[str, YamlValue], issues: list[Issue]) -> None:
    for key_node, value_node in node.value:
        path, line = f"{prefix}{key_node.value}"[:MAX_REASON_LENGTH], key_node.start_mark.line + 1
        if path in values:
            issues.append(Issue(f"line {line}: {path}", "occurs twice: keep one of the lines"))
        elif value_node.id == "mapping":
            values[path] = YamlValue({}, line)
            _flatten(loader, value_node, f"{path}.", values, issues)
        else:
            values[path] = YamlValue(loader.construct_object(value_node, deep=True), line)


def _make_yaml_issue(error: Exception) -> Issue:
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}: " if mark else ""
    reason = place + str(getattr(error, "problem", None) or error).replace("\n", " ")
    return Issue("file", "must be plain YAML: {reason}", (("reason", reason[:MAX_REASON_LENGTH]),))
