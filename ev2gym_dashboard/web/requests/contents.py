"""Contents in requests and replies: the user's files travel once, and the run names them by digest from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.scenarios.contents import (
    CONTENT_FIELDS,
    Content,
    ContentsMissing,
    FindContent,
    compute_digest,
    encode_content,
    has_inline_contents,
    list_contents,
    list_references,
)
from ev2gym_dashboard.service.sessions.content_store import get_content_store
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.issues import format_issues


def make_finder(request: Mapping[str, Any]) -> FindContent:
    """Return the search for the contents of a request: in the store of this process, then in the request itself."""
    store, sent = get_content_store(), request.get("contents") or {}

    def find(name: str, digest: str) -> Content | None:
        return store.find(name, digest) or store.accept(name, digest, sent.get(digest))

    return find


def drop_replaced_contents(run: object, request: Mapping[str, Any]) -> object:
    """Return the stored run of a request without the files that the request replaces or removes."""
    # A file that is lost could otherwise never be replaced, nor by the same one.
    scenario = get_stored_scenario(run)
    replaced = {name for name in request.get("upload") or {} if name in CONTENT_FIELDS}
    if not isinstance(run, Mapping) or not replaced & set(list_references(scenario)):
        return run
    return {**run, "scenario": {name: value for name, value in scenario.items() if name not in replaced}}


def get_stored_scenario(run: object) -> Mapping[str, Any]:
    """Return the unchecked scenario of a stored run; empty if it has none."""
    scenario = run.get("scenario") if isinstance(run, Mapping) else None
    return scenario if isinstance(scenario, Mapping) else {}


def carries_contents(run: object) -> bool:
    """Return whether a stored run carries its files, as the records of former versions do."""
    return has_inline_contents(get_stored_scenario(run))


def publish_contents(scenario: Scenario, held: Mapping[str, Any]) -> dict[str, str]:
    """Store the contents of a scenario, and return the texts, by digest, of those that a stored scenario lacks."""
    known = list_references(held).values()
    new = {name: content for name, content in list_contents(scenario).items() if compute_digest(content) not in known}
    return {compute_digest(content): get_content_store().put(name, content) for name, content in new.items()}


def encode_contents(scenario: Scenario) -> dict[str, str]:
    """Return the texts of all contents of a scenario by digest."""
    return {compute_digest(content): encode_content(content) for content in list_contents(scenario).values()}


def reply_to_missing(missing: ContentsMissing, request: Mapping[str, Any], _: Translator) -> dict[str, Any]:
    """Return the fields of a reply that asks the browser for lost contents, or says that they are lost for good.

    The browser sends what it has, so that a request with ``contents`` that still lacks some is one to refuse.
    """
    if request.get("contents") is None:
        return {"send_again": sorted(set(missing.digests.values()))}
    # The page may show nothing of the run yet: the row of each file needs its button to remove it.
    rows = {ids.make_file_row_id(name): "on" for name in missing.digests}
    issues = format_issues(map(_make_lost_issue, missing.digests), _)
    return {"issues": issues, "lost": True, "texts": {}, "shares": {}, "states": rows}


def _make_lost_issue(name: str) -> Issue:
    return Issue(
        name, "the file is neither on the server nor in this browser: choose it again, remove it, or open a saved run"
    )
