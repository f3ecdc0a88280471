"""Element ids: the constants that layouts, callbacks, scripts and tests share."""

from __future__ import annotations

import json

LOCATION = "location"
ADDRESS = "address"
PAGE = "page"
TITLE = "title"
CONTENT = "content"
CLIENT_TEXTS = "client-texts"

RUN = "run"
PLAYING = "playing"
REQUEST = "request"
SITE_REQUEST = "site-request"
REPLY = "reply"
BUILD = "build"
FILES = "files"

PLAY, PAUSE, STEP, RESET, SPEED = "play", "pause", "step", "reset", "speed"
TOGGLE = "toggle"
DEFINITION = "definition"
KEYS, KEYS_OPEN, KEYS_ON = "keys", "keys-open", "keys-on"
STRATEGY, V2G, CATALOG = "strategy", "v2g", "catalog"
THEME = "theme"
MORE_SETTINGS = "more-settings"
STATUS = "status"
SHARE, SHARE_LINK, SHARE_TEXT, SHARE_STATUS = "share", "share-link", "share-text", "share-status"
SHARE_DOWNLOAD, SHARE_OPEN = "share-download", "share-open"
NOTICE = "notice"
LOST, LOST_TEXT, LOST_CHOOSE, LOST_DROP = "lost", "lost-text", "lost-choose", "lost-drop"

CLOCK, DATE, PRICE, POSTE, RULE, WARNING = "clock", "date", "price", "poste", "rule", "warning"
CATALOG_NOTICE, CATALOG_BADGE = "catalog-notice", "catalog-badge"

TIME_BAR, WINDOW_NOTE = "time-bar", "window-note"
CURSOR, CURSOR_TEXT, CURSOR_BACK = "cursor", "cursor-text", "cursor-back"
FLOW, FLOW_TEXT, FLOW_TOTAL = "flow", "flow-text", "flow-total"
AHEAD, AHEAD_TEXT = "ahead", "ahead-text"
ALTERNATIVE, ALTERNATIVE_TEXT = "alternative", "alternative-text"
EVENTS, EVENTS_ROWS, EVENTS_COUNT = "events", "events-rows", "events-count"
EVENTS_GROUP, EVENTS_EXPORT = "events-group", "events-export"
EVENTS_PAGER, EVENTS_NEWER, EVENTS_OLDER = "events-pager", "events-newer", "events-older"
POWER, MODES, V2G_PIE, TOP_MODELS, SOC_HISTOGRAM = "power", "modes", "v2g-pie", "top-models", "soc-histogram"
PIE_BASIS = "pie-basis"
TABLE, SEARCH, EXPORT = "fleet-table", "search", "export"
REASONS_TITLE, REASONS_PLAN, REASONS_ALL = "reasons-title", "reasons-plan", "reasons-all"
REASONS_VEHICLES, MODEL_FACTS = "reasons-vehicles", "model-facts"

VEHICLES, VEHICLES_REQUEST = "vehicles", "vehicles-request"
VEHICLES_SEARCH, VEHICLES_MODEL, VEHICLES_MODE = "vehicles-search", "vehicles-model", "vehicles-mode"
VEHICLES_REASON, VEHICLES_CLEAR = "vehicles-reason", "vehicles-clear"
VEHICLES_COUNT, VEHICLES_ROWS = "vehicles-count", "vehicles-rows"
VEHICLES_PAGE, VEHICLES_PREVIOUS, VEHICLES_NEXT = "vehicles-page", "vehicles-previous", "vehicles-next"
VEHICLE_TITLE, VEHICLE_STATUS, VEHICLE_SINCE = "vehicle-title", "vehicle-status", "vehicle-since"
VEHICLE_BACK, VEHICLE_HISTORY = "vehicle-back", "vehicle-history"
VEHICLES_DECIDED, VEHICLE_DECIDE, VEHICLE_DECIDED = "vehicles-decided", "vehicle-decide", "vehicle-decided"
VEHICLE_LEAVE, VEHICLE_EXPORT = "vehicle-leave", "vehicle-export"
VEHICLE_SPANS, VEHICLE_STAYS, VEHICLE_TOTALS = "vehicle-spans", "vehicle-stays", "vehicle-totals"

SITE_LOAD, SITE_COST, SITE_CO2 = "site-load", "site-cost", "site-co2"
SITE_PRICES, SITE_MODELS = "site-prices", "site-models"
SITE_PRICE_SUMMARY, SITE_VERDICT, SITE_SOURCES = "site-price-summary", "site-verdict", "site-sources"
SITE_THRESHOLD, SITE_OFFER, SITE_EXPORT_NOTE = "site-threshold", "site-offer", "site-export-note"
SITE_DATE_NOTE = "site-date-note"
SITE_TOTAL_NOTE, SITE_SUBSCRIPTION_NOTE, SITE_SUN_NOTE = "site-total-note", "site-subscription-note", "site-sun-note"
OPTIMUM, OPTIMUM_REQUEST, OPTIMUM_REPLY = "optimum", "optimum-request", "optimum-reply"
OPTIMUM_START, OPTIMUM_CANCEL = "optimum-start", "optimum-cancel"
OPTIMUM_STATUS, OPTIMUM_PROGRESS = "optimum-status", "optimum-progress"
OPTIMUM_TEXTS = "optimum-texts"
EVENT, EVENT_NOTE = "event", "event-note"

REPORT, REPORT_REQUEST, REPORT_OPEN, REPORT_PRINT = "report", "report-request", "report-open", "report-print"
REPORT_RUN, REPORT_FACTS, REPORT_LINK = "report-run", "report-facts", "report-link"

COMPARE_PAGE, COMPARE_TEXTS, COMPARE_TIMER = "compare", "compare-texts", "compare-timer"
COMPARE_STORE, COMPARE_SHOWN = "compare-store", "compare-shown"
COMPARE_REQUEST, COMPARE_REPLY = "compare-request", "compare-reply"
COMPARE_PERIOD, COMPARE_SEEDS = "compare-period", "compare-seeds"
COMPARE_START, COMPARE_CANCEL = "compare-start", "compare-cancel"
COMPARE_SCENARIO, COMPARE_WORKLOAD, COMPARE_ISSUES = "compare-scenario", "compare-workload", "compare-issues"
COMPARE_STATUS, COMPARE_PROGRESS = "compare-status", "compare-progress"
COMPARE_VERDICT, COMPARE_CONCLUSIONS = "compare-verdict", "compare-conclusions"
COMPARE_RESULT_SCENARIO = "compare-result-scenario"
COMPARE_LOAD, COMPARE_TRADE_OFF, COMPARE_PARTS = "compare-load", "compare-trade-off", "compare-parts"
COMPARE_TABLE, COMPARE_VIEW, COMPARE_ROWS = "compare-table", "compare-view", "compare-rows"
COMPARE_SEARCH, COMPARE_EXPORT = "compare-search", "compare-export"
OBJECTIVE_RESET, OBJECTIVE_PURPOSE = "objective-reset", "objective-purpose"
FRONT_GOAL, FRONT_START, FRONT_CANCEL = "front-goal", "front-start", "front-cancel"
FRONT_STORE, FRONT_TIMER, FRONT_STATUS = "front-store", "front-timer", "front-status"
FRONT_FIGURE, FRONT_SUMMARY = "front-figure", "front-summary"
SIZING_PART, SIZING_SIZES, SIZING_START, SIZING_CANCEL = "sizing-part", "sizing-sizes", "sizing-start", "sizing-cancel"
SIZING_STORE, SIZING_TIMER, SIZING_STATUS = "sizing-store", "sizing-timer", "sizing-status"
FLEXIBILITY_START, FLEXIBILITY_CANCEL, FLEXIBILITY_DURATION = (
    "flexibility-start",
    "flexibility-cancel",
    "flexibility-for",
)
FLEXIBILITY_RUN, FLEXIBILITY_STORE, FLEXIBILITY_TEXTS = "flexibility-run", "flexibility-store", "flexibility-texts"
FLEXIBILITY_TIMER, FLEXIBILITY_STATUS = "flexibility-timer", "flexibility-status"
FLEXIBILITY_FIGURE, FLEXIBILITY_SUMMARY = "flexibility-figure", "flexibility-summary"
SIZING_FIGURE, SIZING_SUMMARY = "sizing-figure", "sizing-summary"

ADVANCED, APPLY, SOURCES = "advanced", "apply", "sources"
DRAFTS, DISCARD = "drafts", "discard"
DRAFT_DIALOG, DRAFT_NAMES, DRAFT_DROP = "draft-dialog", "draft-names", "draft-drop"
HELP, TOUR, TOUR_COUNT = "help", "tour", "tour-count"
TOUR_BACK, TOUR_NEXT, TOUR_END = "tour-back", "tour-next", "tour-end"
SETTINGS_OPEN, SETTINGS_SEARCH, SETTINGS_COUNT = "settings-open", "settings-search", "settings-count"
SETTINGS_ELSEWHERE, SETTINGS_RESET = "settings-elsewhere", "settings-reset"
UPLOAD_PREFIX, CHOICE_PREFIX = "upload-", "choice-"
GRID_FRAME_SUFFIX, GRID_DEFINITION_SUFFIX = "-frame", "-definition"

REVIEW, REVIEW_REQUEST, REVIEW_REPLY = "review", "review-request", "review-reply"
REVIEW_TITLE, REVIEW_FILE = "review-title", "review-file"
REVIEW_STATUS, REVIEW_ISSUES, REVIEW_CONTENT = "review-status", "review-issues", "review-content"
REVIEW_CHART, REVIEW_CHOICES = "review-chart", "review-choices"
REVIEW_CONFIRM, REVIEW_CANCEL = "review-confirm", "review-cancel"


def to_json() -> str:
    """Return the constants of this module as JSON, for the scripts of the page."""
    return json.dumps({name: value for name, value in globals().items() if name.isupper()})


def make_grid_frame_id(grid: str) -> str:
    """Return the id of the place of a grid."""
    return f"{grid}{GRID_FRAME_SUFFIX}"


def make_grid_definition_id(grid: str) -> str:
    """Return the id of the store of the definition of a grid."""
    return f"{grid}{GRID_DEFINITION_SUFFIX}"


def make_tile_id(key: str) -> str:
    """Return the id of the value of a tile."""
    return f"figure-{key}"


def make_tile_note_id(key: str) -> str:
    """Return the id of the note below the value of a tile."""
    return f"figure-{key}-note"


def make_tile_difference_id(key: str) -> str:
    """Return the id of the difference of another strategy to the value of a tile."""
    return f"figure-{key}-difference"


def make_model_fact_id(key: str) -> str:
    """Return the id of a fact of a vehicle model."""
    return f"model-fact-{key}"


def make_reason_id(key: str) -> str:
    """Return the id of the row of a reason."""
    return f"reason-{key}"


def make_reason_count_id(key: str) -> str:
    return f"reason-{key}-count"


def make_optimum_id(name: str, column: str) -> str:
    """Return the id of the heading or the value of a line of the optimum so far."""
    return f"optimum-{name}-{column}"


def make_ahead_key_id(key: str) -> str:
    """Return the id of an entry in the legend of the next hours."""
    return f"ahead-key-{key}"


def make_flow_id(name: str) -> str:
    """Return the id of a power of the energy flow."""
    return f"flow-{name}"


def make_ledger_id(name: str) -> str:
    """Return the id of a term of the energy balance."""
    return f"ledger-{name}"


def make_legend_id(chart: str, key: str) -> str:
    """Return the id of an entry of the legend of a chart."""
    return f"legend-{chart}-{key}"


def make_pie_legend_id(side: str, part: str) -> str:
    """Return the id of a part, count or share, of the legend of one side of the pie."""
    return f"pie-{side}-{part}"


def make_bill_id(line: str, column: str) -> str:
    """Return the id of a line of the bill (column ``row``), or of its energy or cost."""
    return f"bill-{line}-{column}"


def make_v2g_value_id(name: str, column: str) -> str:
    """Return the id of a line of the value of V2G (column ``row``), or of its total or amount per vehicle."""
    return f"v2g-value-{name}-{column}"


def make_balance_id(line: str, column: str) -> str:
    """Return the id of the value of a line of the balance, of the run or of a counterfactual."""
    return f"balance-{line}-{column}"


def make_field_issue_id(name: str) -> str:
    """Return the id of the element that shows the issue of a field."""
    return f"field-issue-{name}"


# Dash matches ids that are mappings by pattern: one callback serves every field.
def make_field_id(name: object) -> dict[str, object]:
    """Return the id of a form field; ``ALL`` as its name matches every field."""
    return {"type": "field", "name": name}


def make_price_id(name: object) -> dict[str, object]:
    """Return the id of the number of a price of the objective; ``ALL`` and ``MATCH`` match them."""
    return {"type": "objective-price", "name": name}


def make_price_slider_id(name: object) -> dict[str, object]:
    """Return the id of the slider of a price of the objective."""
    return {"type": "objective-slider", "name": name}


def make_upload_id(name: str) -> str:
    """Return the id of the upload of a scenario field."""
    return f"{UPLOAD_PREFIX}{name}"


def make_choice_id(part: object, name: object) -> dict[str, object]:
    """Return the id of a choice about a file under review; ``part`` is the part of the request that takes it."""
    return {"type": "choice", "part": part, "name": name}


def make_choice_field_id(name: str) -> str:
    """Return the id of the element around a choice, which is hidden where there is nothing to choose."""
    return f"{CHOICE_PREFIX}{name}"


def make_file_row_id(name: str) -> str:
    """Return the id of the row that names the file in use."""
    return f"file-{name}"


def make_file_text_id(name: str) -> str:
    return f"file-{name}-text"


def make_remove_file_id(name: str) -> str:
    """Return the id of the button that removes a file."""
    return f"remove-{name}"


def make_parameters_id(strategy: object) -> dict[str, object]:
    """Return the id of the group of a strategy's parameters."""
    return {"type": "parameters", "strategy": strategy}
