"""The ids of the page: the one spelling that layout, callbacks, scripts and tests share."""

from __future__ import annotations

import json

LOCATION = "location"
ADDRESS = "place"
PAGE = "page"
TITLE = "title"
LANGUAGE = "language"
CLIENT_TEXTS = "gate-texts"

RUN = "run"
PLAYING = "playing"
REQUEST = "request"
SITE_REQUEST = "site-request"
REPLY = "answer"
TIMER = "timer"
BUILD = "build"
FILES = "files"

PLAY, PAUSE, STEP, RESET, SPEED = "play", "pause", "step", "reset", "speed"
STRATEGY, V2G, CATALOG, FLEET_SIZE = "strategy", "v2g", "catalog", "fleet_size"
THEME = "theme"
STATUS = "status"
SHARE, SHARE_LINK, SHARE_TEXT, SHARE_STATUS = "share", "share-link", "share-text", "share-said"
SHARE_DOWNLOAD, SHARE_OPEN = "share-download", "share-open"
NOTICE = "notice"

CLOCK, DATE, PRICE, POSTE, RULE, WARNING = "clock", "date", "price", "poste", "rule", "warning"
CATALOG_NOTICE, CATALOG_BADGE = "catalog-notice", "catalog-badge"

POWER, MODES, V2G_PIE, TOP_MODELS, SOC_HISTOGRAM = "power", "modes", "v2g-pie", "top-models", "soc-histogram"
PIE_BASIS = "pie-basis"
TABLE, SEARCH, EXPORT = "fleet-table", "search", "export"
REASONS_TITLE = "reasons-title"

SITE_LOAD, SITE_COST, SITE_CO2 = "site-load", "site-cost", "site-co2"
SITE_PRICES, SITE_MODELS = "site-prices", "site-models"
SITE_PRICE_SUMMARY, SITE_VERDICT, SITE_SOURCES = "site-price-words", "site-verdict", "site-sources"
SITE_THRESHOLD, SITE_OFFER, SITE_EXPORT_NOTE = "site-threshold", "site-offer", "site-export-note"
EVENT, EVENT_NOTE = "event", "event-note"

COMPARE_PAGE, COMPARE_STORE, COMPARE_REQUEST, COMPARE_REPLY = (
    "compare",
    "compare-store",
    "compare-request",
    "compare-answer",
)
COMPARE_TEXTS, COMPARE_TIMER, COMPARE_PERIOD, COMPARE_SEEDS = (
    "compare-texts",
    "compare-timer",
    "compare-period",
    "compare-seeds",
)
COMPARE_START, COMPARE_CANCEL, COMPARE_STATUS, COMPARE_PROGRESS = (
    "compare-start",
    "compare-cancel",
    "compare-status",
    "compare-progress",
)
COMPARE_SCENARIO, COMPARE_WORKLOAD, COMPARE_ISSUES, COMPARE_RESULT_SCENARIO = (
    "compare-about",
    "compare-plan",
    "compare-issues",
    "compare-of",
)
COMPARE_VERDICT, COMPARE_CONCLUSIONS, COMPARE_LOAD, COMPARE_TRADE_OFF = (
    "compare-verdict",
    "compare-words",
    "compare-load",
    "compare-trade",
)
COMPARE_TABLE, COMPARE_SEARCH, COMPARE_EXPORT, COMPARE_VIEW = (
    "compare-table",
    "compare-search",
    "compare-export",
    "compare-view",
)

ADVANCED, APPLY, SOURCES = "advanced", "apply", "sources"
UPLOAD_PREFIX = "upload-"


def to_json() -> str:
    """Return the constants of this module as JSON, for the scripts of the page."""
    return json.dumps({name: value for name, value in globals().items() if name.isupper()})


def make_tile_id(key: str) -> str:
    """Return the id of a figure of the fleet."""
    return f"figure-{key}"


def make_tile_note_id(key: str) -> str:
    """Return the id of the line below a figure of the fleet."""
    return f"figure-{key}-note"


def make_reason_id(key: str) -> str:
    """Return the id of the row of a reason."""
    return f"reason-{key}"


def make_reason_count_id(key: str) -> str:
    return f"reason-{key}-count"


def make_ledger_id(name: str) -> str:
    """Return the id of a term of the energy balance."""
    return f"ledger-{name}"


def make_pie_legend_id(side: str, what: str) -> str:
    """Return the id of the count or the share of one side of the pie."""
    return f"pie-{side}-{what}"


def make_bill_id(line: str, what: str) -> str:
    """Return the id of a line of the bill, or of its energy or cost."""
    return f"bill-{line}-{what}"


def make_v2g_value_id(name: str, what: str) -> str:
    """Return the id of a line of the value of V2G, or of its amount in all or per vehicle."""
    return f"worth-{name}-{what}"


def make_field_id(name: object) -> dict[str, object]:
    """Return the id of a form field; with ``ALL`` the pattern of them all."""
    return {"type": "field", "name": name}


def make_field_issue_id(name: object) -> dict[str, object]:
    """Return the id of the place beside a field where its issue is shown."""
    return {"type": "field-issue", "name": name}


def make_upload_id(name: str) -> str:
    """Return the id of where a file is given for a field of the scenario."""
    return f"{UPLOAD_PREFIX}{name}"


def make_file_row_id(name: str) -> str:
    """Return the id of the row that tells which file is in use."""
    return f"file-{name}"


def make_file_text_id(name: str) -> str:
    return f"file-{name}-text"


def make_remove_file_id(name: str) -> str:
    """Return the id of the button that removes a file."""
    return f"remove-{name}"


def make_parameters_id(strategy: object) -> dict[str, object]:
    """Return the id of the group of a strategy's parameters."""
    return {"type": "parameters", "strategy": strategy}
