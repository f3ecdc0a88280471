"""Sizing on the Compare page: its request, its panel, and its views."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.service.comparison.request import ComparisonRequest
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.sizing import N_SUGGESTED, SIZED_PARTS
from ev2gym_dashboard.service.comparison.sizing_request import (
    SizingRequest,
    decode_sizing,
    make_sizing_request,
    parse_sizing_request,
)
from ev2gym_dashboard.service.jobs.job import Job
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.job_panel import PanelIds, PanelTexts, render_job_panel
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.compare import sizing_figure, texts
from ev2gym_dashboard.web.pages.compare.study import make_study_panel

SEPARATORS = re.compile(r"[;\s]+")


def parse_sizes(text: object, _: Translator) -> list[object]:
    """Return the sizes of a text, separated by semicolons or spaces; what is no number stays as it is."""
    parts = [part for part in SEPARATORS.split(text) if part] if isinstance(text, str) else []
    numbers = [(part, _.parse_number(part)) for part in parts]
    return [part if number is None else number for part, number in numbers]


def _make_request(comparison: ComparisonRequest, choices: Sequence[object], _: Translator) -> SizingRequest:
    part, sizes = choices
    return make_sizing_request(comparison, part, parse_sizes(sizes, _))


def _draw(request: SizingRequest, data: bytes, comparison: Comparison, job: Job, _: Translator) -> dict[str, Any]:
    curve = decode_sizing(request, data)
    done = _.plural(
        "Done: {count} size in {took} s. {scenario}",
        "Done: {count} sizes in {took} s. {scenario}",
        len(curve.table),
        took=_.number(job.duration_s, 1),
        scenario=texts.describe_comparison(request.comparison, _),
    )
    figure = sizing_figure.make_sizing_figure(curve, comparison.variants, _)
    summary = sizing_figure.describe_sizing(curve, comparison.variants, _)
    return {"figure": figure, "summary": summary, "status": done}


SIZING = make_study_panel(
    PanelIds(
        start=ids.SIZING_START,
        cancel=ids.SIZING_CANCEL,
        timer=ids.SIZING_TIMER,
        store=ids.SIZING_STORE,
        status=ids.SIZING_STATUS,
        figure=ids.SIZING_FIGURE,
        summary=ids.SIZING_SUMMARY,
    ),
    PanelTexts(
        no_source=N_("Compare first: sizes are tried on the site, the fleet and the first seed of a comparison."),
        cancelled=N_("Cancelled: no curve was saved."),
        files_missing=N_("The server no longer has the files of this comparison: compare again, then try sizes."),
        result_missing=N_("The server no longer has this comparison: compare again, then try sizes."),
    ),
    wait=N_("Wait until the comparison is done: then sizes can be tried on its site."),
    choices=(ids.SIZING_PART, ids.SIZING_SIZES),
    make_request=_make_request,
    parse_request=parse_sizing_request,
    draw=_draw,
)


def render_sizing_panel(_: Translator, render_segments: Any, graph: Any, legend: Any) -> html.Section:
    """Return the panel of the sizing."""
    options = {key: _(sizing_figure.PART_NAMES[key]) for key in SIZED_PARTS}
    part = html.Div(
        [
            html.Span(_("Size of"), className="control-name"),
            render_segments(ids.SIZING_PART, options, "connection", _("Part of the site")),
        ],
        className="control sizing-part",
    )
    hint = _(
        "After a comparison: the yearly cost at each size, under the optimum and each strategy, on the first seed. It "
        "is the objective of the period, scaled to a year, and the capital of EVSEs, connection and PV over their "
        "lifetime: a period in winter makes PV look too dear."
    )
    return render_job_panel(
        SIZING,
        _,
        title=_("Sizing"),
        button=_("Try the sizes"),
        hint=hint,
        fields=[part, _render_sizes(_)],
        graph=graph,
        legend=legend,
    )


def _render_sizes(_: Translator) -> html.Label:
    sizes = dbc.Input(
        id=ids.SIZING_SIZES,
        type="text",
        value="",
        size="sm",
        autocomplete="off",
        placeholder=_("automatic: {n} sizes", n=N_SUGGESTED),
        persistence=True,
        persistence_type="session",
    )
    title = _("Numbers separated by spaces or semicolons; empty: sizes around that of the run")
    return html.Label(
        [html.Span(_("Sizes"), className="control-name"), sizes], className="control sizing-sizes", title=title
    )
