"""Answers of the REST interface: documents and tables, and problems as RFC 9457 describes them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO

import pandas as pd
from flask import Response, request

from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.web.i18n import LANGUAGES, Translator, format_template, get_translator

PROBLEM_TYPE = "application/problem+json"
PROGRAM_LANGUAGE = "en"
"""Language of a program that names none: its author reads the English documentation."""
Encode = Callable[[pd.DataFrame], bytes]


def make_json(value: object, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> Response:
    """Return a JSON answer."""
    names = {name.replace("_", "-"): header for name, header in headers.items()}
    return Response(encode_json(value), status, names, content_type="application/json")


def make_problem(status: HTTPStatus, detail: str, issues: Iterable[Issue] = (), **values: object) -> Response:
    """Return a problem: its status, a sentence (a msgid and its values), and the issues of a request by field."""
    _ = get_program_translator()
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": _(detail, **values)}
    found = format_program_issues(issues, _)
    answer = make_json(problem | ({"issues": found} if found else {}), status)
    answer.content_type = PROBLEM_TYPE
    return name_language(answer, _)


def get_program_translator() -> Translator:
    """Return the translator into the language of Accept-Language, English without one."""
    return get_translator(request.accept_languages.best_match(list(LANGUAGES)) or PROGRAM_LANGUAGE)


def name_language(answer: Response, _: Translator) -> Response:
    """Return an answer that names its language, and that it depends on the one that was asked for."""
    answer.content_language.add(_.tag)
    answer.vary.add("Accept-Language")
    return answer


def format_program_issues(issues: Iterable[Issue], _: Translator) -> list[dict[str, str]]:
    """Return issues by the field of the request, their numbers in its units: not in percent, as on the page."""
    return [
        {"field": issue.field, "message": format_template(issue.template, dict(issue.values), _)} for issue in issues
    ]


def make_table_answer(table: pd.DataFrame, form: str) -> Response:
    """Return a table in a format of `TABLE_FORMATS`, its index as columns."""
    content_type, encode = TABLE_FORMATS[form]
    return Response(encode(_move_index(table)), content_type=content_type)


def encode_json(value: object) -> str:
    """Return a value as JSON, with null for numbers that JSON does not have."""
    return json.dumps(_replace_non_finite(value), ensure_ascii=False, allow_nan=False)


# JSON has neither NaN nor infinity.
def _replace_non_finite(value: object) -> object:
    if isinstance(value, dict):
        return {str(name): _replace_non_finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replace_non_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _move_index(table: pd.DataFrame) -> pd.DataFrame:
    named = any(name is not None for name in table.index.names)
    return table.reset_index() if named else table


def _encode_rows(table: pd.DataFrame) -> bytes:
    texts = table.copy()
    for name in table.select_dtypes(["datetime", "datetimetz"]):
        texts[name] = table[name].map(pd.Timestamp.isoformat)
    return encode_json(texts.to_dict(orient="records")).encode()


def _encode_csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()


def _encode_parquet(table: pd.DataFrame) -> bytes:
    file = BytesIO()
    table.to_parquet(file, index=False)
    return file.getvalue()


TABLE_FORMATS: dict[str, tuple[str, Encode]] = {
    "json": ("application/json", _encode_rows),
    "csv": ("text/csv; charset=utf-8", _encode_csv),
    "parquet": ("application/vnd.apache.parquet", _encode_parquet),
}
"""Content type and encoder of each format of a table."""
