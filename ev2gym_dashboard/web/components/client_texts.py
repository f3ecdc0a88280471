"""Texts and settings that the scripts of the page use between two replies of the server."""

from __future__ import annotations

from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.run_spec import make_default_event
from ev2gym_dashboard.service.sessions.share_link import SHARE_FORMAT, SHARE_VERSION
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.schema import MAX_REQUEST_BYTES, TOO_LARGE_MESSAGE
from ev2gym_dashboard.web.requests.upload_kinds import MAX_UPLOAD_BYTES
from ev2gym_dashboard.web.requests.values import FLEET_SIZE_FIELD, format_form_values


def build_client_texts(_: Translator, request_store: str | None, *, title: str) -> dict[str, Any]:
    """Return the texts of the scripts in a language, with the store of the page's requests and the window's title."""
    return {
        "lang": _.lang,
        "tag": _.tag,
        "direction": _.direction,
        "request": request_store,
        "running": _("Running"),
        "paused": _("Paused"),
        "loading": _("Loading…"),
        "reconnecting": _("Reconnecting…"),
        "busy": _("Computing…"),
        "too_large": _(TOO_LARGE_MESSAGE),
        "lost": _("The run stored in this browser can no longer be used; a new run was started."),
        "new_run": _("New run started."),
        "catching_up": _("Computing: {share}"),
        "waits": _("The server computes other large runs first: {share}"),
        "reading_file": _("Reading the file…"),
        "in_force": _("In force: {value}."),
        "unapplied": _("Changed and not applied: {count}"),
        "changed": _("Changed: {count}"),
        "default": _("default: {value}"),
        "to_default": _("Back to the default"),
        "empty": _("empty"),
        "found": _("Settings found: {count}"),
        "not_found": _("No setting matches."),
        "defaults": _format_defaults(_) if request_store else {},
        "opened": _("Run opened."),
        "linked": _("This link opens this run at its current step."),
        "copied": _("Link copied: it opens this run at its current step."),
        "no_link": _("This run is too large for a link: download it instead."),
        "file_name": _("ev2gym-run.json"),
        "format": SHARE_FORMAT,
        "version": SHARE_VERSION,
        "event": make_default_event(),
        "csv": build_csv_texts(_),
        "title": title,
        "file_bytes": MAX_UPLOAD_BYTES,
        "body_bytes": MAX_REQUEST_BYTES,
    }


def _format_defaults(_: Translator) -> dict[str, Any]:
    """Return the default of each field of the form, as the field shows it."""
    values = format_form_values(Scenario(), {}, _)
    # The size of the fleet belongs to the bar of the run, as the strategy does.
    return {name: value for name, value in values.items() if name != FLEET_SIZE_FIELD}


def build_csv_texts(_: Translator) -> dict[str, str]:
    """Return the texts of an exported table."""
    return {
        "scenario": _("Scenario"),
        "time": _("Simulated time"),
        "v2g": _("V2G allowed"),
        "vehicles": _("vehicles"),
        "yes": _("Yes"),
        "no": _("No"),
    }
