"""Event history of a run that goes on: only its new steps, and spans that have not ended, are read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.event_log import (
    DETECTORS,
    Detector,
    RunEvent,
    count_gap_steps,
    find_spans,
)

Select = Callable[[int, int], Mapping[str, NDArray[Any]]]


class EventHistory:
    """Events that the recorded series of a run show, kept from step to step.

    An event more than the gap of a span before the last step is final: what is listed later has a later step.
    """

    def __init__(self) -> None:
        self._final: list[RunEvent] = []
        self._n_steps = 0
        self._firsts = [0] * len(DETECTORS)

    def extend(self, scenario: Scenario, select: Select, *, n_steps: int) -> list[RunEvent]:
        """Return the events of the first steps in their order, which are those of `list_recorded_events`."""
        gap_steps = count_gap_steps(scenario)
        open_step, final_step = (max(steps - gap_steps + 1, 0) for steps in (self._n_steps, n_steps))
        found = [
            replace(event, step=event.step + first)
            for detector, first in zip(DETECTORS, self._firsts, strict=True)
            for event in detector.list_events(scenario, select(first, n_steps))
            if event.step + first >= open_step
        ]
        found.sort(key=lambda event: event.step)
        self._firsts = [
            _find_first_open(detector, first, select(first, n_steps), gap_steps)
            for detector, first in zip(DETECTORS, self._firsts, strict=True)
        ]
        self._final += [event for event in found if event.step < final_step]
        self._n_steps = n_steps
        return self._final + [event for event in found if event.step >= final_step]


def _find_first_open(detector: Detector, first: int, series: Mapping[str, NDArray[Any]], gap_steps: int) -> int:
    """Return the first step that the events of later steps depend on."""
    n_steps = first + len(series["poste"])
    if detector.find_flags is None:
        # A change compares a step with the one before, and is listed once it has held.
        return max(n_steps - gap_steps, 0)
    starts, ends = find_spans(detector.find_flags(series), min_gap_steps=gap_steps)
    return first + int(starts[-1]) if len(starts) > len(ends) else n_steps
