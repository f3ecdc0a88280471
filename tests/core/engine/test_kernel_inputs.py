"""Kernel inputs: each plain tuple has the order of the named one that a kernel makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.core.control.step import Step, make_step
from ev2gym_dashboard.core.engine import engine, kernel_inputs
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.simulation import Simulation

PAIRS = [
    (kernel_inputs.PlugColumns, kernel_inputs.get_plug_columns),
    (kernel_inputs.LimitTables, kernel_inputs.get_limit_tables),
    (kernel_inputs.GatherScalars, kernel_inputs.get_gather_scalars),
    (kernel_inputs.DispatchTables, kernel_inputs.get_dispatch_tables),
    (kernel_inputs.StateColumns, kernel_inputs.get_state_columns),
    (kernel_inputs.DispatchScalars, kernel_inputs.get_dispatch_scalars),
]


@pytest.fixture(scope="module")
def step() -> Step:
    """Return the inputs of the last step of an evening in which the connection is too small."""
    steps: list[Step] = []

    def keep_step(*arguments: Any, **inputs: Any) -> Step:
        steps.append(make_step(*arguments, **inputs))
        return steps[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engine, "make_step", keep_step)
        simulation = Simulation(Scenario(fleet_size=40, limit_kw_per_vehicle=2.0))
        # Step by step: the compiled loop makes its inputs by itself.
        simulation.engine.kernel = NUMBA_KERNEL
        simulation.advance(12)
    return steps[-1]


def find_named_value(step: Step, name: str) -> Any:
    """Return the attribute of a step, or of its parts, that a field is named after."""
    reasons = dict(zip(("below_target", "below_target_ready", "at_target", "ready"), step.idle_reasons, strict=True))
    if name in reasons:
        return reasons[name]
    aliases = {"guard_enabled": "departure_guard"}
    owners = (step.state, step.state.wear, step, step.limits, step.limits.ratings, step.rules, step.allocation)
    return next(getattr(owner, aliases.get(name, name)) for owner in owners if hasattr(owner, aliases.get(name, name)))


@pytest.mark.parametrize(("named", "get_parts"), PAIRS)
def test_each_part_is_the_attribute_that_its_field_is_named_after(
    named: type[Any], get_parts: Callable[[Step], tuple[Any, ...]], step: Step
) -> None:
    parts = named(*get_parts(step))
    assert parts._fields
    for field in parts._fields:
        assert np.array_equal(getattr(parts, field), find_named_value(step, field)), field
