"""Study panels of the Compare page: jobs on the scenario and the variants of a finished comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import Input, State

from ev2gym_dashboard.service.comparison.request import (
    ComparisonRequest,
    decode_comparison,
    parse_comparison_request,
)
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.study_request import StudyRequest
from ev2gym_dashboard.service.jobs.job import Job
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.scenarios.contents import FindContent
from ev2gym_dashboard.service.sessions.content_store import find_content
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.job_panel import JobPanel, PanelIds, PanelTexts
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import texts

MakeStudy = Callable[[ComparisonRequest, Sequence[object], Translator], StudyRequest]
DrawStudy = Callable[[Any, bytes, Comparison, Job, Translator], dict[str, Any]]


def make_study_panel(
    names: PanelIds,
    sentences: PanelTexts,
    *,
    wait: str,
    choices: tuple[str, ...],
    make_request: MakeStudy,
    parse_request: Callable[[Mapping[str, Any], FindContent], StudyRequest],
    draw: DrawStudy,
) -> JobPanel:
    """Return the panel of a study.

    Parameters
    ----------
    wait : sentence while the comparison is not done (a msgid)
    choices : ids of the fields whose values, in order, ``make_request`` takes after the comparison
    draw : figure, summary and status of a result, with the comparison
    """

    def make(comparison: object, values: Sequence[object], _: Translator) -> StudyRequest:
        return make_request(parse_comparison_request(comparison, find_content), values, _)

    def check_start(request: StudyRequest, queue: JobQueue, _: Translator) -> str:
        return _(wait) if queue.read_result(request.comparison.key) is None else ""

    def draw_result(
        request: StudyRequest, queue: JobQueue, job: Job, _choices: Sequence[object], _: Translator
    ) -> dict[str, Any] | None:
        data, compared = queue.read_result(request.key), queue.read_result(request.comparison.key)
        if data is None or compared is None:
            return None
        return draw(request, data, decode_comparison(request.comparison, compared), job, _)

    return JobPanel(
        ids=names,
        texts=sentences,
        trigger=Input(names.start, "n_clicks"),
        source=State(ids.COMPARE_STORE, "data"),
        page=ids.COMPARE_TEXTS,
        choices=choices,
        make_request=make,
        parse_request=parse_request,
        check_start=check_start,
        describe_job=lambda job, request, _: texts.describe_job(job, request.comparison, _),
        draw=draw_result,
    )
