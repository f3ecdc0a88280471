"""The Pareto front on the Compare page: its request, its panel, and its views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from ev2gym_dashboard.service.comparison.front_request import (
    FRONT_POINTS,
    FrontRequest,
    decode_front,
    make_front_request,
    parse_front_request,
)
from ev2gym_dashboard.service.comparison.request import ComparisonRequest
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.jobs.job import Job
from ev2gym_dashboard.service.optimum.goals import GOALS
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.job_panel import PanelIds, PanelTexts, render_job_panel
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.compare import front_figure, texts
from ev2gym_dashboard.web.pages.compare.study import make_study_panel


def _make_request(comparison: ComparisonRequest, choices: Sequence[object], _: Translator) -> FrontRequest:
    (goal,) = choices
    return make_front_request(comparison, goal)


def _draw(request: FrontRequest, data: bytes, _comparison: Comparison, job: Job, _: Translator) -> dict[str, Any]:
    front = decode_front(request, data)
    done = _.plural(
        "Done: {count} plan in {took} s. {scenario}",
        "Done: {count} plans in {took} s. {scenario}",
        len(front.points),
        took=_.number(job.duration_s, 1),
        scenario=texts.describe_comparison(request.comparison, _),
    )
    figure, summary = front_figure.make_front_figure(front, _), front_figure.describe_front(front, _)
    return {"figure": figure, "summary": summary, "status": done}


FRONT = make_study_panel(
    PanelIds(
        start=ids.FRONT_START,
        cancel=ids.FRONT_CANCEL,
        timer=ids.FRONT_TIMER,
        store=ids.FRONT_STORE,
        status=ids.FRONT_STATUS,
        figure=ids.FRONT_FIGURE,
        summary=ids.FRONT_SUMMARY,
    ),
    PanelTexts(
        no_source=N_("Compare first: the front is drawn on the site, the fleet and the first seed of a comparison."),
        cancelled=N_("Cancelled: no front was saved."),
        files_missing=N_("The server no longer has the files of this comparison: compare again, then draw the front."),
        result_missing=N_("The server no longer has this comparison: compare again, then draw the front."),
    ),
    wait=N_("Wait until the comparison is done: its strategies are the points beside the front."),
    choices=(ids.FRONT_GOAL,),
    make_request=_make_request,
    parse_request=parse_front_request,
    draw=_draw,
)


def render_front_panel(_: Translator, render_segments: Any, graph: Any, legend: Any) -> html.Section:
    """Return the panel of the front."""
    options = {key: _(front_figure.GOAL_NAMES[key]) for key in GOALS}
    goal = html.Div(
        [
            html.Span(_("Bill versus"), className="control-name"),
            render_segments(ids.FRONT_GOAL, options, "peak", _("Goal")),
        ],
        className="control",
    )
    hint = _(
        "After a comparison: plans with perfect foresight at up to {points} prices of the goal, on the first seed. "
        "They are supported points, so that dents of the front are not shown. The bill includes unserved and owed "
        "energy and, unless it is the goal, wear.",
        points=FRONT_POINTS,
    )
    return render_job_panel(
        FRONT,
        _,
        title=_("Pareto front of the optimum"),
        button=_("Draw the front"),
        hint=hint,
        fields=[goal],
        graph=graph,
        legend=legend,
    )
