"""Job: its states, and the errors with which it ends."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from ev2gym_dashboard.core.schema import Issue

WAITING, RUNNING, DONE, FAILED, CANCELLED, UNKNOWN = "waiting", "running", "done", "failed", "cancelled", "unknown"
WORKER_LOST = "lost"
"""Error of a job whose worker ended at every attempt."""
OTHER_VERSION = "version"
"""Error of a job that a server of another version has put."""
STORE_FAULT = "file"
"""Error of a job whose file cannot be read or written at the moment; one that was started goes on all the same."""


@dataclass(frozen=True)
class Job:
    """State of a job: share done, number of jobs ahead of it, error, and duration of its run."""

    state: str
    share: float = 0.0
    n_ahead: int = 0
    error: str = ""
    duration_s: float = 0.0

    @property
    def issues(self) -> list[Issue]:
        """The issues that ended the job, for the language of the reader; none if it failed otherwise."""
        if not self.error.startswith("["):
            return []
        return [Issue(field, text, tuple(values.items())) for field, text, values in json.loads(self.error)]


def encode_issues(issues: Iterable[Issue]) -> str:
    """Return issues as the error of a job, see `Job.issues`."""
    return json.dumps([(issue.field, issue.template, dict(issue.values)) for issue in issues])
