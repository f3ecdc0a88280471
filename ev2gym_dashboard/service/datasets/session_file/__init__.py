"""Charging sessions of a user: files and tables of stays, read into `ChargingSessions`."""

from ev2gym_dashboard.service.datasets.session_file.reader import read_session_bytes, read_sessions

__all__ = ["read_session_bytes", "read_sessions"]
