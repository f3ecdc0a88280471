"""Flexibility on the Site page: its request, its panel, its chart, and its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import dash_bootstrap_components as dbc
import numpy as np
import pandas as pd
from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from ev2gym_dashboard import palette
from ev2gym_dashboard.service.comparison.flexibility import Flexibility
from ev2gym_dashboard.service.comparison.flexibility_request import (
    FLEXIBILITY_SEEDS,
    FlexibilityRequest,
    decode_flexibility,
    make_flexibility_request,
    parse_flexibility_request,
)
from ev2gym_dashboard.service.jobs.job import DONE, Job
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.sessions.run_spec import parse_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_label
from ev2gym_dashboard.web.components.charts import FigureDict, make_axis, make_figure
from ev2gym_dashboard.web.components.job_panel import (
    JobPanel,
    PanelIds,
    PanelTexts,
    register_job_panel,
    render_job_panel,
)
from ev2gym_dashboard.web.components.job_states import RUN_TEXTS, describe_state
from ev2gym_dashboard.web.components.panels import render_graph, render_legend
from ev2gym_dashboard.web.i18n import N_, Translator

DURATION_NAMES = {"0.25": N_("15 min"), "1": N_("1 h"), "4": N_("4 h")}
DEFAULT_DURATION = "1"
HEIGHT_PX = 300
SIGNS = {"up": 1.0, "down": -1.0}


def register_flexibility(app: Dash, open_queue: Any) -> None:
    """Register the callbacks of the panel: the script hands over the run, the server follows the job."""
    app.clientside_callback(
        ClientsideFunction("site", "handOver"),
        Output(ids.FLEXIBILITY_RUN, "data"),
        Input(ids.FLEXIBILITY_START, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("site", "redraw"),
        Output(ids.FLEXIBILITY_TIMER, "disabled", allow_duplicate=True),
        Input(ids.FLEXIBILITY_DURATION, "value"),
        prevent_initial_call=True,
    )
    register_job_panel(app, FLEXIBILITY, open_queue)


def _make_request(run: object, _choices: Sequence[object], _: Translator) -> FlexibilityRequest:
    run_spec = parse_run(run)
    active = run_spec.active_settings
    scenario = replace(run_spec.scenario, params=active["params"])
    return make_flexibility_request(scenario, step=run_spec.step, strategy=active["strategy"], v2g=active["v2g"])


def _describe_job(job: Job, _request: FlexibilityRequest, _: Translator) -> str:
    return describe_state(job, RUN_TEXTS, _)


def _draw(
    request: FlexibilityRequest, queue: JobQueue, job: Job, choices: Sequence[object], _: Translator
) -> dict[str, Any] | None:
    data = queue.read_result(request.key) if job.state == DONE else None
    if data is None:
        return None
    found, (duration,) = decode_flexibility(request, data), choices
    duration_h = float(duration) if duration in DURATION_NAMES else float(DEFAULT_DURATION)
    start = request.scenario.start_time
    status = _(
        "From {time} on, over {seeds} drawn days; computed in {took} s. The run may have gone on since.",
        time=f"{_.date(start)} {_.time(start)}",
        seeds=found.seeds,
        took=_.number(job.duration_s, 1),
    )
    summary = describe_flexibility(found, duration_h, _)
    return {"figure": make_flexibility_figure(found, duration_h, _), "summary": summary, "status": status}


FLEXIBILITY = JobPanel(
    ids=PanelIds(
        start=ids.FLEXIBILITY_START,
        cancel=ids.FLEXIBILITY_CANCEL,
        timer=ids.FLEXIBILITY_TIMER,
        store=ids.FLEXIBILITY_STORE,
        status=ids.FLEXIBILITY_STATUS,
        figure=ids.FLEXIBILITY_FIGURE,
        summary=ids.FLEXIBILITY_SUMMARY,
    ),
    texts=PanelTexts(
        no_source=N_("There is no run yet: wait for its first step."),
        cancelled=N_("Cancelled: no result was saved."),
        files_missing=N_("The server no longer has the files of this run: reload the page, then compute again."),
        result_missing=N_("The server no longer has this result: compute it again."),
    ),
    trigger=Input(ids.FLEXIBILITY_RUN, "data"),
    source=None,
    page=ids.FLEXIBILITY_TEXTS,
    choices=(ids.FLEXIBILITY_DURATION,),
    make_request=_make_request,
    parse_request=parse_flexibility_request,
    check_start=lambda _request, _queue, _: "",
    describe_job=_describe_job,
    draw=_draw,
)


def make_empty_flexibility_figure(_: Translator) -> FigureDict:
    """Return the chart before the first result."""
    return _layout([], _)


def make_flexibility_figure(found: Flexibility, duration_h: float, _: Translator) -> FigureDict:
    """Return what the fleet can promise from each hour on, up above zero and down below it, as a band."""
    table = found.table[np.isclose(found.table["duration_h"], duration_h)]
    traces = []
    for direction, (name, colour, band) in _list_directions(_).items():
        power_kw = [round(SIGNS[direction] * kw, 1) for kw in _list_powers_kw(table, direction)]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": _list_times(found, len(power_kw)),
                "y": power_kw + power_kw[-1:],
                "line": {"color": colour, "width": 1.6, "shape": "hv"},
                "fill": "tozeroy",
                "fillcolor": band,
                "hovertemplate": f"%{{y:,.5~r}} kW<extra>{name}</extra>",
            }
        )
    return _layout(traces, _)


def describe_flexibility(found: Flexibility, duration_h: float, _: Translator) -> str:
    """Return the largest promises, and those from the first hour on, in a sentence for every reader."""
    table = found.table[np.isclose(found.table["duration_h"], duration_h)]
    if table.empty:
        return _("This time is no whole number of steps of the run: choose another one.")
    powers_kw = {key: _list_powers_kw(table, key) for key in SIGNS}
    times = table.loc[table["direction"] == "up", "time"].tolist()
    most = {key: int(np.argmax(values)) for key, values in powers_kw.items()}
    sentences = [
        _(
            "At {time}, for {duration}: {up} kW more or {down} kW less than planned, kept on {share} of the days.",
            time=times[0],
            duration=_(_find_duration_name(duration_h)),
            up=_.number(powers_kw["up"][0]),
            down=_.number(powers_kw["down"][0]),
            share=_.percent(found.confidence),
        ),
        _(
            "Most: {up} kW more at {up_time}, {down} kW less at {down_time}.",
            up=_.number(max(powers_kw["up"])),
            up_time=times[most["up"]],
            down=_.number(max(powers_kw["down"])),
            down_time=times[most["down"]],
        ),
    ]
    return " ".join(sentences)


def render_flexibility_panel(_: Translator) -> html.Section:
    """Return the panel before anything is asked."""
    choice = dbc.RadioItems(
        id=ids.FLEXIBILITY_DURATION,
        options=[{"value": key, "label": _(name)} for key, name in DURATION_NAMES.items()],
        value=DEFAULT_DURATION,
        className="segments",
        inputClassName="btn-check",
        labelClassName="btn btn-sm btn-segment",
        persistence=True,
        persistence_type="session",
    )
    field = html.Div(
        [
            html.Span(_("Promised for"), className="control-name"),
            html.Div(choice, role="group", **make_aria_label(_("Promised for"))),
            dcc.Store(id=ids.FLEXIBILITY_RUN),
            dcc.Store(id=ids.FLEXIBILITY_TEXTS, data={"lang": _.lang}),
        ],
        className="control",
    )
    hint = _(
        "From each of the next 24 hours on: the power by which the fleet can draw more or less than its strategy "
        "plans, for the chosen time, with every departure served. Each promise was run by the engine, and holds on "
        "19 of {seeds} drawn days of this site, fleet and strategy.",
        seeds=FLEXIBILITY_SEEDS,
    )
    keys = [(key, name) for key, (name, _c, _b) in zip(("g2v", "v2g"), _list_directions(_).values(), strict=True)]
    legend = html.Div(render_legend(ids.FLEXIBILITY_FIGURE, _("Flexibility"), keys, _), className="legend")
    graph = render_graph(
        ids.FLEXIBILITY_FIGURE, make_empty_flexibility_figure(_), _, ("toImage",), title=_("Flexibility")
    )
    return render_job_panel(
        FLEXIBILITY,
        _,
        title=_("Flexibility"),
        button=_("Compute the flexibility"),
        hint=hint,
        fields=[field],
        graph=graph,
        legend=legend,
    )


def _list_directions(_: Translator) -> dict[str, tuple[str, str, str]]:
    return {
        "up": (_("More power"), palette.G2V, _make_band(palette.G2V)),
        "down": (_("Less power"), palette.V2G, _make_band(palette.V2G)),
    }


def _make_band(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def _find_duration_name(duration_h: float) -> str:
    return next(name for key, name in DURATION_NAMES.items() if np.isclose(float(key), duration_h))


def _list_powers_kw(table: pd.DataFrame, direction: str) -> list[float]:
    return [float(kw) for kw in table.loc[table["direction"] == direction, "promised_kw"]]


def _list_times(found: Flexibility, n_hours: int) -> list[str]:
    """Return the times of the hours ahead, and the end of the last one: the table has times of the day."""
    first = found.scenario.start_time
    ends = [first + timedelta(hours=k) for k in range(n_hours + 1)]
    return [time.strftime("%Y-%m-%d %H:%M") for time in ends]


def _layout(data: list[FigureDict], _: Translator) -> FigureDict:
    xaxis = make_axis() | {"type": "date", "nticks": 5, "tickangle": 0}
    yaxis = make_axis() | {"title": {"text": _("Promised power (kW)")}, "nticks": 6}
    margin = {"l": 72, "r": 18, "t": 12, "b": 40}
    return make_figure(data, height=HEIGHT_PX, margin=margin, xaxis=xaxis, yaxis=yaxis)
