"""Choice of a strategy in a request."""

from __future__ import annotations

from dataclasses import dataclass

from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.scenarios.validation import check_strategy


@dataclass(frozen=True, slots=True)
class StrategySchema:
    """The key of a strategy."""

    def check(self, name: str, value: object) -> list[Issue]:
        return [Issue(name, issue.template, issue.values) for issue in check_strategy(value)]
