"""The ids of the page: the one spelling that layout, callbacks, scripts and tests share."""

from __future__ import annotations

import json

LOCATION = "location"
PLACE = "place"
PAGE = "page"
TITLE = "title"
LANGUAGE = "language"
GATE_TEXTS = "gate-texts"

RUN = "run"
PLAYING = "playing"
REQUEST = "request"
SITE_REQUEST = "site-request"
ANSWER = "answer"
TIMER = "timer"
BUILD = "build"
FILES = "files"

PLAY, PAUSE, STEP, RESET, SPEED = "play", "pause", "step", "reset", "speed"
STRATEGY, V2G, CATALOG, FLEET_SIZE = "strategy", "v2g", "catalog", "fleet_size"
THEME = "theme"
STATUS = "status"
SHARE, SHARE_LINK, SHARE_TEXT, SHARE_SAID = "share", "share-link", "share-text", "share-said"
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
SITE_PRICE_WORDS, SITE_VERDICT, SITE_SOURCES = "site-price-words", "site-verdict", "site-sources"
SITE_THRESHOLD, SITE_OFFER, SITE_EXPORT_NOTE = "site-threshold", "site-offer", "site-export-note"
EVENT, EVENT_NOTE = "event", "event-note"

DUEL, DUEL_STORE, DUEL_REQUEST, DUEL_ANSWER = "duel", "duel-store", "duel-request", "duel-answer"
DUEL_TEXTS, DUEL_TIMER, DUEL_PERIOD, DUEL_SEEDS = "duel-texts", "duel-timer", "duel-period", "duel-seeds"
DUEL_START, DUEL_CANCEL, DUEL_STATUS, DUEL_PROGRESS = "duel-start", "duel-cancel", "duel-status", "duel-progress"
DUEL_ABOUT, DUEL_PLAN, DUEL_ISSUES, DUEL_OF = "duel-about", "duel-plan", "duel-issues", "duel-of"
DUEL_VERDICT, DUEL_WORDS, DUEL_LOAD, DUEL_TRADE = "duel-verdict", "duel-words", "duel-load", "duel-trade"
DUEL_TABLE, DUEL_SEARCH, DUEL_EXPORT, DUEL_VIEW = "duel-table", "duel-search", "duel-export", "duel-view"

ADVANCED, APPLY, SOURCES = "advanced", "apply", "sources"
UPLOAD_PREFIX = "upload-"


def to_json() -> str:
    """Return the constants of this module as JSON, for the scripts of the page."""
    return json.dumps({name: value for name, value in globals().items() if name.isupper()})


def figure(key: str) -> str:
    """Return the id of a figure of the fleet."""
    return f"figure-{key}"


def figure_note(key: str) -> str:
    """Return the id of the line below a figure of the fleet."""
    return f"figure-{key}-note"


def reason(key: str) -> str:
    """Return the id of the row of a reason."""
    return f"reason-{key}"


def reason_count(key: str) -> str:
    return f"reason-{key}-count"


def ledger(name: str) -> str:
    """Return the id of a term of the energy balance."""
    return f"ledger-{name}"


def pie_word(side: str, what: str) -> str:
    """Return the id of the count or the share of one side of the pie."""
    return f"pie-{side}-{what}"


def bill(line: str, what: str) -> str:
    """Return the id of a line of the bill, or of its energy or cost."""
    return f"bill-{line}-{what}"


def worth(name: str, what: str) -> str:
    """Return the id of a line of the value of V2G, or of its amount in all or per vehicle."""
    return f"worth-{name}-{what}"


def field(name: object) -> dict[str, object]:
    """Return the id of a form field; with ``ALL`` the pattern of them all."""
    return {"type": "field", "name": name}


def field_issue(name: object) -> dict[str, object]:
    """Return the id of the place beside a field where its issue is shown."""
    return {"type": "field-issue", "name": name}


def upload(name: str) -> str:
    """Return the id of where a file is given for a field of the scenario."""
    return f"{UPLOAD_PREFIX}{name}"


def file_row(name: str) -> str:
    """Return the id of the row that tells which file is in use."""
    return f"file-{name}"


def file_text(name: str) -> str:
    return f"file-{name}-text"


def remove_file(name: str) -> str:
    """Return the id of the button that removes a file."""
    return f"remove-{name}"


def parameters_of(strategy: object) -> dict[str, object]:
    """Return the id of the group of a strategy's parameters."""
    return {"type": "parameters", "strategy": strategy}
