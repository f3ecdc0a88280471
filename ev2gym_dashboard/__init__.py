"""EV2Gym dashboard: a fleet of EV2Gym vehicles, charging, discharging and idle, live or headless."""

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.beside import simulate
from ev2gym_dashboard.service.profile_file import read_profile
from ev2gym_dashboard.service.run import Result, Simulation

__all__ = ["Result", "Scenario", "Simulation", "read_profile", "simulate"]
