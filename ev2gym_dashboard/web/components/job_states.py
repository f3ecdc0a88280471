"""State of a job as a sentence, for the panels of the pages and for the REST interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ev2gym_dashboard.service.jobs.job import (
    CANCELLED,
    DONE,
    FAILED,
    OTHER_VERSION,
    RUNNING,
    STORE_FAULT,
    WAITING,
    WORKER_LOST,
    Job,
)
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.issues import format_issues

UNKNOWN_ERROR = "error"
OTHER_VERSION_MESSAGE = N_("The server is being updated: try again in a minute.")
CANNOT_READ = N_("The server cannot read its jobs at the moment: the page asks again.")


@dataclass(frozen=True)
class JobTexts:
    """Sentences in which the places of jobs differ (msgids): of a cancelled job, and of a failed one by its error."""

    cancelled: str
    failures: Mapping[str, str]


COMPARISON_TEXTS = JobTexts(
    N_("Cancelled: no result was saved. You can compare again at any time."),
    {
        STORE_FAULT: N_("The server cannot store comparisons at the moment; its operator must check its state folder."),
        WORKER_LOST: N_(
            "The computation was interrupted three times, possibly because it ran out of memory: choose fewer "
            "vehicles, days or seeds, then compare again."
        ),
        OTHER_VERSION: OTHER_VERSION_MESSAGE,
        UNKNOWN_ERROR: N_("The computation failed; see the server's log. Choose another scenario, or compare again."),
    },
)
RUN_TEXTS = JobTexts(
    N_("Cancelled: no result was saved."),
    {
        STORE_FAULT: N_("The server cannot store jobs at the moment; its operator must check its state folder."),
        WORKER_LOST: N_(
            "The computation was interrupted three times, possibly because it ran out of memory: try a shorter run or "
            "a smaller fleet."
        ),
        OTHER_VERSION: OTHER_VERSION_MESSAGE,
        UNKNOWN_ERROR: N_("The computation failed; see the server's log. The run goes on as it is."),
    },
)
REST_TEXTS = JobTexts(
    RUN_TEXTS.cancelled,
    {
        **RUN_TEXTS.failures,
        OTHER_VERSION: N_("A server of another version was asked for this job: put it again."),
        UNKNOWN_ERROR: N_("The computation failed; see the server's log."),
    },
)


def describe_state(job: Job, texts: JobTexts, _: Translator, *, done: str = "") -> str:
    """Return the state of a job, ``done`` for a finished one, and the remedy if it failed."""
    if job.state == WAITING and job.error == STORE_FAULT:
        return _(CANNOT_READ)
    if job.state == WAITING:
        return _("Waiting: {n} ahead of you", n=job.n_ahead) if job.n_ahead else _("Starting…")
    if job.state == RUNNING:
        return _("Computing: {share}", share=_.percent(job.share))
    if job.state == FAILED:
        return _describe_failure(job, texts, _)
    return {DONE: done, CANCELLED: _(texts.cancelled)}.get(job.state, "")


def _describe_failure(job: Job, texts: JobTexts, _: Translator) -> str:
    causes = [line["line"] for line in format_issues(job.issues, _)]
    return " ".join(causes) or _(texts.failures.get(job.error, texts.failures[UNKNOWN_ERROR]))
