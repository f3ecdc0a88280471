"""Answers of the REST interface: documents and tables, and problems as RFC 9457 describes them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO

import pandas as pd
from flask import Response

from ev2gym_dashboard.core.schema import Issue

PROBLEM_TYPE = "application/problem+json"
Encode = Callable[[pd.DataFrame], bytes]


def make_json(value: object, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> Response:
    """Return a JSON answer."""
    names = {name.replace("_", "-"): header for name, header in headers.items()}
    return Response(_encode_json(value), status, names, content_type="application/json")


def make_problem(status: HTTPStatus, detail: str, issues: Iterable[Issue] = ()) -> Response:
    """Return a problem: its status, a sentence, and the issues of a request by field."""
    found = [{"field": issue.field, "message": str(issue)} for issue in issues]
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    answer = make_json(problem | ({"issues": found} if found else {}), status)
    answer.content_type = PROBLEM_TYPE
    return answer


def make_table_answer(table: pd.DataFrame, form: str) -> Response:
    """Return a table in a format of `TABLE_FORMATS`, its index as columns."""
    content_type, encode = TABLE_FORMATS[form]
    return Response(encode(_move_index(table)), content_type=content_type)


def _encode_json(value: object) -> str:
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
    return _encode_json(texts.to_dict(orient="records")).encode()


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
