"""Spec files in EV2Gym's schema or one of its dialects: a vehicle catalog, or every issue at once."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ev2gym_dashboard.core.fleet.catalog import ALL_PHASES, Catalog, ModelSpec, make_catalog
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.datasets.json_text import parse_json
from ev2gym_dashboard.service.datasets.spec_checks import (
    CURRENT_FIELD,
    LIST_FIELDS,
    NUMBER_FIELDS,
    PHASES_FIELD,
    check_spec_models,
)
from ev2gym_dashboard.service.datasets.spec_dialects import (
    ASSUMED_FIELD,
    convert_spec,
    find_foreign_text,
    list_assumptions,
)

MAX_CATALOG_BYTES = 4_000_000
DEFLATED = "deflate:"
"""Start of a spec text that is compressed, in Base64."""
MAX_PLAIN_LENGTH = 4096
"""Length up to which a compact spec stays readable."""


@dataclass(frozen=True)
class SpecFile:
    """A spec file as read.

    Parameters
    ----------
    catalog : None if there is any issue
    issues : every issue, its field named "model.field"
    assumptions : what is assumed about each model because the file does not say it; the field is the model
    models : the models in EV2Gym's schema, by name
    """

    catalog: Catalog | None
    issues: list[Issue]
    assumptions: tuple[Issue, ...] = ()
    models: Mapping[str, Any] | None = None


class _DuplicateKeyDict(dict[str, Any]):
    """A JSON object with the keys that its text contains more than once."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        # JSON keeps the last of two entries of one model without a word.
        counts = Counter(key for key, _ in pairs)
        self.duplicate_keys = [key for key, count in counts.items() if count > 1]


def read_spec(source: object) -> SpecFile:
    """Read a spec file: its text, its bytes or its decoded JSON, in EV2Gym's schema or a dialect.

    Parameters
    ----------
    source : str, bytes, or a mapping from model to its fields, or the decoded JSON of open-ev-data
    """
    root, issues = _decode_spec(source) if isinstance(source, str | bytes) else (source, [])
    if issues:
        return SpecFile(None, issues)
    models, issues = convert_spec(root)
    issues = issues or check_spec_models(models)
    if issues or not isinstance(models, Mapping):
        return SpecFile(None, issues)
    catalog = make_catalog([_make_model_spec(name, model) for name, model in models.items()])
    return SpecFile(catalog, [], tuple(list_assumptions(models)), models)


def parse_catalog(source: object) -> tuple[Catalog | None, list[Issue]]:
    """Return the catalog of a spec file, None if there is any issue, and its issues, see `read_spec`."""
    spec = read_spec(source)
    return spec.catalog, spec.issues


def compact_spec(content: bytes) -> tuple[str, list[Issue]]:
    """Return the shortest text of a spec file that gives the same catalog and assumptions, and its issues.

    With issues, there is no text. A long text is compressed.
    """
    spec = read_spec(content)
    if spec.models is None:
        return "", spec.issues
    fields = (*NUMBER_FIELDS, PHASES_FIELD, *LIST_FIELDS, ASSUMED_FIELD)
    compact = {name: {field: model[field] for field in fields if field in model} for name, model in spec.models.items()}
    text = json.dumps(compact, ensure_ascii=False, separators=(",", ":"))
    return (text if len(text) <= MAX_PLAIN_LENGTH else _deflate(text)), []


def _deflate(text: str) -> str:
    return DEFLATED + base64.b64encode(zlib.compress(text.encode(), level=9)).decode()


def _inflate(text: str | bytes) -> bytes:
    compressed = base64.b64decode(text[len(DEFLATED) :], validate=True)
    # A few bytes can decompress to gigabytes: one byte above the bound is refused as too long.
    return zlib.decompressobj().decompress(compressed, MAX_CATALOG_BYTES + 1)


def _decode_spec(source: str | bytes) -> tuple[object, list[Issue]]:
    prefix = source[: len(DEFLATED)]
    if prefix in (DEFLATED, DEFLATED.encode()):
        try:
            source = _inflate(source)
        except (binascii.Error, zlib.error, ValueError):
            return None, [_make_issue("file", "is damaged: request it again")]
    if len(source) > MAX_CATALOG_BYTES:
        return None, [_make_issue("file", "must not be longer than {high} bytes", high=MAX_CATALOG_BYTES)]
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source.removeprefix("\ufeff")
        return parse_json(text, pairs_hook=_DuplicateKeyDict), []
    except UnicodeDecodeError:
        return None, [_make_issue("file", "must be text in UTF-8")]
    except json.JSONDecodeError as error:
        return None, [_explain_syntax(text, error)]
    # Deep nesting, or a number of thousands of digits, which Python refuses to convert.
    except (RecursionError, ValueError):
        return None, [
            _make_issue(
                "file",
                "must be a JSON spec file of vehicle models; it contains an invalid number or is nested too deeply",
            )
        ]


def _explain_syntax(text: str, error: json.JSONDecodeError) -> Issue:
    """Return the issue of a text that is not JSON: the kind that it is, or the place of the error."""
    foreign = find_foreign_text(text)
    if foreign:
        return Issue("file", foreign)
    template = "must be valid JSON; the syntax error is at line {line}, column {column}"
    return _make_issue("file", template, line=error.lineno, column=error.colno)


def _make_model_spec(name: str, model: Mapping[str, Any]) -> ModelSpec:
    numbers = {target: model[field] for field, (target, _, _) in NUMBER_FIELDS.items()}
    return ModelSpec(
        name=name,
        current_a=tuple(map(float, model.get(CURRENT_FIELD, ()))),
        efficiency_1ph=_to_fractions(model.get("1ph_ch_efficiency", ())),
        efficiency_3ph=_to_fractions(model.get("3ph_ch_efficiency", ())),
        max_ac_phases=int(model.get(PHASES_FIELD, ALL_PHASES)),
        **numbers,
    )


def _to_fractions(percentages: Iterable[float]) -> tuple[float, ...]:
    return tuple(value / 100 for value in percentages)


def _make_issue(field: str, template: str, **values: object) -> Issue:
    return Issue(field, template, tuple(values.items()))
