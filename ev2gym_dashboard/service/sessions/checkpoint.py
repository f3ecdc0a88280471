"""A run with its shadows as bytes, and back: what a replay can begin from."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import numpy as np

from ev2gym_dashboard.core.engine.checkpoint import flattened, part, plan_from, restored, saved
from ev2gym_dashboard.core.engine.initial_state import resume_engine
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.array_codec import packed, unpacked
from ev2gym_dashboard.service.simulation.counterfactuals import SHADOWS, Beside
from ev2gym_dashboard.service.simulation.demand_response import Watch
from ev2gym_dashboard.service.simulation.simulation import Simulation

RUN, WITHOUT_EVENT = "run", "without_event"
EVENT_FIELDS = ("event_start", "event_minutes", "event_reduction")


def to_bytes(runs: Beside) -> bytes:
    """Return all of the runs that decides what comes next, and what they have recorded."""
    simulations = {RUN: runs.run} | runs.shadows
    if runs.watch and runs.watch.without:
        simulations[WITHOUT_EVENT] = runs.watch.without
    about = {
        "set": {name: _settings(simulation) for name, simulation in simulations.items()},
        "watch": _watch_to(runs.watch),
    }
    arrays = flattened(runs.run.engine.plan, "plan")
    for name, simulation in simulations.items():
        arrays |= {f"{name}.{key}": array for key, array in saved(simulation.engine).items()}
    return packed(arrays | {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)})


def from_bytes(scenario: Scenario, data: bytes) -> Beside:
    """Return the runs of a scenario as they stood when `to_bytes` was called."""
    arrays = unpacked(data)
    about = json.loads(arrays.pop("about").tobytes())
    names = list(about["set"])
    first = Simulation(scenario, start=partial(resume_engine, plan=plan_from(part(arrays, "plan"))))
    simulations = dict(zip(names, [first, *first.fork(len(names) - 1)], strict=True))
    for name, simulation in simulations.items():
        simulation.engine = restored(simulation.engine, part(arrays, name))
        _set(simulation, about["set"][name])
    shadows = {name: simulations[name] for name in SHADOWS}
    return Beside(simulations[RUN], shadows, _watch_from(about["watch"], simulations.get(WITHOUT_EVENT)))


def _settings(simulation: Simulation) -> dict[str, Any]:
    event = {name: getattr(simulation.scenario, name) for name in EVENT_FIELDS}
    settings = {"strategy": simulation.strategy, "v2g": simulation.v2g, "params": dict(simulation.params)}
    return {"settings": settings, "event": event}


def _set(simulation: Simulation, about: dict[str, Any]) -> None:
    simulation.set(**about["settings"])
    simulation.reschedule(**about["event"])


def _watch_to(watch: Watch | None) -> dict[str, Any] | None:
    if watch is None:
        return None
    return {"event": [watch.event.start, watch.event.stop], "end": watch.end, "net_load_kw": watch.net_load_kw}


def _watch_from(about: dict[str, Any] | None, without: Simulation | None) -> Watch | None:
    if about is None:
        return None
    return Watch(range(*about["event"]), about["end"], about["net_load_kw"], without)
