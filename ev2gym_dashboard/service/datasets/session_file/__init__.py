"""Charging sessions of a user: files and tables of stays, read into `ChargingSessions`."""

from ev2gym_dashboard.service.datasets.session_file.reader import is_session_file, read_session_bytes, read_sessions
from ev2gym_dashboard.service.datasets.session_file.table import ParquetBounds

__all__ = ["ParquetBounds", "is_session_file", "read_session_bytes", "read_sessions"]
