"""Command line ``ev2gym-dashboard``: a module per command."""

from ev2gym_dashboard.cli.main import main, run

__all__ = ["main", "run"]
