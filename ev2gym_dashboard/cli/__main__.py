"""Entry point of ``python -m ev2gym_dashboard.cli``."""

from ev2gym_dashboard.cli.main import run

run()
