"""Panel of the optimum so far: its states, its lines, and the sentence on what the run could have saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from ev2gym_dashboard.service.jobs.job import Job
from ev2gym_dashboard.service.optimum.work_limits import MAX_PLAN_VEHICLE_STEPS
from ev2gym_dashboard.service.sessions.run_optimum import RunOptimum
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN, make_aria_label
from ev2gym_dashboard.web.components.job_states import RUN_TEXTS, describe_state
from ev2gym_dashboard.web.components.panels import render_panel
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.site.balance import NO_VALUE, TABLE_CLASS
from ev2gym_dashboard.web.pages.site.figures import SHADOW_PRICE_INDEX

IDLE_STATUS = N_("How far is this run from the best that was possible on the same arrivals? The run goes on meanwhile.")
EXPLANATION = N_(
    "From the start to the time above: bill, wear of V2G, calendar wear, unserved energy, and energy owed at its "
    "lowest price. The plan knows all arrivals, is allowed V2G, and was run by the same engine; no strategy can be "
    "below the bound. Changes of strategy during the run count as they were."
)
ZERO_PROGRESS: dict[str, Any] = {"aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0"}
IDLE: dict[str, Any] = {"data-state": "idle"}
NO_KNOWLEDGE = N_("Price of not knowing")
DISTANCE = N_("Cost above the optimum")


@dataclass(frozen=True)
class OptimumRow:
    """A line: its key, its heading (a msgid), and its value."""

    key: str
    heading: str
    text: Callable[[RunOptimum, Translator], str]


def _format_share(share: float | None, _: Translator) -> str:
    return NO_VALUE if share is None else _.percent(share, 1)


def _format_plan(optimum: RunOptimum, _: Translator) -> str:
    return NO_VALUE if optimum.plan_mad is None else _.number(optimum.plan_mad)


def _format_excess(optimum: RunOptimum, _: Translator) -> str:
    low_mad, high_mad = optimum.above_optimum_mad
    return _("{low} to {high}", low=_.number(low_mad), high=_.number(high_mad))


OPTIMUM_ROWS = (
    OptimumRow("baseline", N_("Uncontrolled"), lambda optimum, _: _.number(optimum.baseline_mad)),
    OptimumRow("run", N_("This run"), lambda optimum, _: _.number(optimum.run_mad)),
    OptimumRow("plan", N_("Plan with perfect foresight"), _format_plan),
    OptimumRow("bound", N_("Proven lower bound"), lambda optimum, _: _.number(optimum.bound_mad)),
    OptimumRow("distance", DISTANCE, _format_excess),
    OptimumRow("above", N_("Above the optimum, at most"), lambda optimum, _: _format_share(optimum.above_optimum, _)),
    OptimumRow(
        "captured", N_("Captured saving, at least"), lambda optimum, _: _format_share(optimum.captured_share, _)
    ),
)


def render_optimum_panel(_: Translator) -> html.Section:
    """Return the panel before anything is asked."""
    buttons = [
        html.Button(_("Compute the optimum"), id=ids.OPTIMUM_START, className="btn btn-sm btn-primary", n_clicks=0),
        html.Button(
            _("Cancel"), id=ids.OPTIMUM_CANCEL, className="btn btn-sm btn-outline-secondary", n_clicks=0, disabled=True
        ),
    ]
    bar = html.Div(
        html.Div(className="compare-progress-fill", **ARIA_HIDDEN),
        id=ids.OPTIMUM_PROGRESS,
        className="compare-progress-bar",
        role="progressbar",
        **make_aria_label(_("Progress of the optimum")),
        **ZERO_PROGRESS,
    )
    status = html.P(_(IDLE_STATUS), id=ids.OPTIMUM_STATUS, className="optimum-status", role="status")
    table = html.Table(html.Tbody([_render_row(row, _) for row in OPTIMUM_ROWS]), className=TABLE_CLASS)
    hint = html.P(_(EXPLANATION), className="hint")
    texts = {"idle": _(IDLE_STATUS), "starting": _("Starting…"), "trace": SHADOW_PRICE_INDEX}
    store = dcc.Store(id=ids.OPTIMUM_TEXTS, data=texts)
    content = [store, html.Div(buttons, className="optimum-buttons"), bar, status, table, hint]
    panel = html.Div(content, id=ids.OPTIMUM, className="optimum", **IDLE)
    return render_panel(_("Optimum so far"), "MAD", panel)


def _render_row(row: OptimumRow, _: Translator) -> html.Tr:
    heading = html.Th(_(row.heading), id=ids.make_optimum_id(row.key, "heading"), scope="row")
    return html.Tr(
        [heading, html.Td(id=ids.make_optimum_id(row.key, "value"), className="live")], className=f"optimum-{row.key}"
    )


def format_optimum_texts(optimum: RunOptimum, _: Translator) -> dict[str, str]:
    """Return the values of the lines by id; the distance to the optimum has the name that fits the strategy."""
    values = {ids.make_optimum_id(row.key, "value"): row.text(optimum, _) for row in OPTIMUM_ROWS}
    name = NO_KNOWLEDGE if optimum.plans_throughout else DISTANCE
    return values | {ids.make_optimum_id("distance", "heading"): _(name)}


def describe_optimum_job(job: Job, run: RunSpec, _: Translator) -> str:
    """Return the state of a job, of a finished one the time up to which it holds, and the remedy if it failed."""
    done = _("As of {time}; the run may have gone on since.", time=_format_run_time(run, _))
    return describe_state(job, RUN_TEXTS, _, done=done)


def _format_run_time(run: RunSpec, _: Translator) -> str:
    time = run.scenario.get_step_time(run.step)
    return f"{_.date(time)} {_.time(time)}"


def describe_plan(optimum: RunOptimum, _: Translator) -> str:
    """Return why a run has no plan, or one that is dearer than the run itself; an empty text otherwise."""
    if optimum.plan_mad is None:
        return _("Above {high} vehicle-steps there is a bound and no plan.", high=_.number(MAX_PLAN_VEHICLE_STEPS))
    if optimum.plan_mad > optimum.run_mad:
        return _("The plan costs less in its model than in the engine, where this run was cheaper.")
    return ""
