"""Callbacks of the run that the scripts call themselves, as the index describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.callback_map import split_outputs
from ev2gym_dashboard.web.components.page_record import Page


def list_run_callbacks(callbacks: Mapping[str, Any], pages: Sequence[Page]) -> dict[str, Any]:
    """Return, by id of their input, the callbacks that the scripts call: the body of a request, and the reply's id."""
    replies = {page.request_store: ids.REPLY for page in pages} | {ids.OPTIMUM_REQUEST: ids.OPTIMUM_REPLY}
    return {
        callback["inputs"][0]["id"]: {"body": _describe_outputs(name), "reply": replies[callback["inputs"][0]["id"]]}
        for name, callback in callbacks.items()
        if "callback" in callback and callback["inputs"][0]["id"] in replies
    }


def _describe_outputs(name: str) -> dict[str, Any]:
    return {"output": name, "outputs": [{"id": id_, "property": property_} for id_, property_ in split_outputs(name)]}
