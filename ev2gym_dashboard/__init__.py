"""EV2Gym dashboard: a fleet of EV2Gym vehicles, charging, discharging and idle, live or headless."""

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.beside import simulate
from ev2gym_dashboard.service.compare import compare, play_duel
from ev2gym_dashboard.service.comparison import Comparison
from ev2gym_dashboard.service.profile_file import read_profile
from ev2gym_dashboard.service.run import Result, Simulation

__all__ = ["Comparison", "Result", "Scenario", "Simulation", "compare", "play_duel", "read_profile", "simulate"]
