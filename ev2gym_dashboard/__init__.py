"""EV2Gym dashboard: simulation of vehicle fleets with V2G, live or headless."""

from importlib.metadata import PackageNotFoundError, version

from ev2gym_dashboard.core.optimum.objective import Objective, evaluate_objective
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.comparison.evse_optimum import EvseOptimum, find_evse_optimum
from ev2gym_dashboard.service.comparison.flexibility import Flexibility, compute_flexibility
from ev2gym_dashboard.service.comparison.pareto_front import ParetoFront, compute_pareto_front
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.runner import compare, run_comparison
from ev2gym_dashboard.service.comparison.sizing import SizingCurve, compute_sizing_curve
from ev2gym_dashboard.service.datasets.series_file.reader import inspect_profile, read_profile
from ev2gym_dashboard.service.datasets.session_file import read_sessions
from ev2gym_dashboard.service.datasets.tariff_file import read_tariff
from ev2gym_dashboard.service.execution.many_runs import simulate_many
from ev2gym_dashboard.service.optimum.optimum import Bound, Optimum, find_bound
from ev2gym_dashboard.service.optimum.optimum import find_optimum as optimum
from ev2gym_dashboard.service.simulation.joint_runs import simulate
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.strategies import StrategyError
from ev2gym_dashboard.strategies.door.registry import register_strategy as strategy

try:
    __version__ = version("ev2gym-dashboard")
except PackageNotFoundError:
    # A checkout that is not installed.
    __version__ = "0+unknown"

play_duel = run_comparison
"""The name of `run_comparison` in version 0.1, which notebooks still use."""

__all__ = [
    "Bound",
    "Comparison",
    "EvseOptimum",
    "Flexibility",
    "Objective",
    "Optimum",
    "ParetoFront",
    "Result",
    "Scenario",
    "Simulation",
    "SizingCurve",
    "StrategyError",
    "compare",
    "compute_flexibility",
    "compute_pareto_front",
    "compute_sizing_curve",
    "evaluate_objective",
    "find_bound",
    "find_evse_optimum",
    "inspect_profile",
    "optimum",
    "play_duel",
    "read_profile",
    "read_sessions",
    "read_tariff",
    "run_comparison",
    "simulate",
    "simulate_many",
    "strategy",
]
