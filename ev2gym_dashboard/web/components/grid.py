"""Options and texts that all tables of the page share."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator


def render_grid_frame(grid: dag.AgGrid, height_px: int, _: Translator) -> list[Any]:
    """Return the place of a grid, which holds its height, and its definition, with which a script fills the place."""
    data: dict[str, Any] = {"data-grid": grid.id}
    frame = html.Div(
        [html.Div(id=ids.make_grid_frame_id(grid.id), **data), html.P(_("Loading…"), className="grid-loading hint")],
        className="grid-place",
        style={"minHeight": f"{height_px}px"},
    )
    return [dcc.Store(id=ids.make_grid_definition_id(grid.id), data={"grid": grid}), frame]


def register_grid_frame(app: Dash, grid_id: str) -> None:
    """Register the script that places a grid."""
    definition = Input(ids.make_grid_definition_id(grid_id), "data")
    frame = Output(ids.make_grid_frame_id(grid_id), "children")
    app.clientside_callback(ClientsideFunction("gridLoader", "place"), frame, definition)


def build_default_column() -> dict[str, Any]:
    """Return the options of AG Grid that all columns share."""
    return {
        "sortable": True,
        "resizable": True,
        "suppressHeaderMenuButton": True,
        "suppressMovable": True,
        "wrapHeaderText": True,
        # AG Grid would draw a boolean as a check box.
        "cellDataType": False,
        "sortingOrder": ["desc", "asc", None],
        # The CSV gets numbers, not their localised text.
        "useValueFormatterForExport": False,
    }


def build_shared_options(_: Translator) -> dict[str, Any]:
    """Return the options of AG Grid for the direction of a language, and for one stop of the Tab key per table."""
    leave = {"function": "leaveGrid()"}
    return {"enableRtl": _.is_rtl, "tabToNextCell": leave, "tabToNextHeader": leave}


def find_first_side(_: Translator) -> str:
    """Return the side at which a language begins, to which the column of the names is pinned."""
    return "right" if _.is_rtl else "left"


def build_grid_texts(_: Translator) -> dict[str, str]:
    """Return the texts of AG Grid that these tables show or that a screen reader reads out."""
    return {
        "noRowsToShow": _("No model to show"),
        "noMatchingRows": _("No model with this name"),
        "loadingOoo": _("Loading…"),
        "ariaSortableColumn": _("Press Enter to sort"),
        "ariaRowSelect": _("Press Space to see why these vehicles charge, discharge or idle"),
        "ariaRowDeselect": _("Press Space to deselect this model"),
        "ariaRowToggleSelection": _("Press Space to select or deselect this model"),
    }
