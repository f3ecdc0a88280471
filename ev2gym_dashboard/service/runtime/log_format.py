"""Log format: one line of key=value pairs per event, with the id of its request; values cannot break a line."""

from __future__ import annotations

import json
import logging
import re
import secrets
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.config import dictConfig
from typing import Any

LOG_LEVELS = ("debug", "info", "warning", "error")
REQUEST_ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
BARE_VALUE_PATTERN = re.compile(r"[A-Za-z0-9._:/+-]+", re.ASCII)
request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Id of the request in progress; empty outside of a request."""


class KeyValueFormatter(logging.Formatter):
    """Formats a record and its traceback as key=value pairs on one line; ``extra={"fields": {...}}`` adds pairs."""

    def format(self, record: logging.LogRecord) -> str:
        values = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": record.process,
            "logger": record.name,
        }
        values |= {"request": request_id.get()} if request_id.get() else {}
        values |= {"event": record.getMessage()} | getattr(record, "fields", {})
        values |= {"traceback": self.formatException(record.exc_info)} if record.exc_info else {}
        return " ".join(f"{key}={quote_value(value)}" for key, value in values.items())


def quote_value(value: object) -> str:
    """Return a plain word or number unchanged, and any other value as a JSON string in ASCII."""
    text = str(value)
    # JSON escapes line breaks, so that text from outside cannot forge a line.
    return text if BARE_VALUE_PATTERN.fullmatch(text) else json.dumps(text)


def make_request_id(proposed_id: str | None) -> str:
    """Return the proposed id of a request if it is a short, safe token, otherwise a random id."""
    return proposed_id if proposed_id and REQUEST_ID_PATTERN.fullmatch(proposed_id) else secrets.token_hex(8)


def make_logging_config(level: str) -> dict[str, Any]:
    """Return the logging configuration of the server, gunicorn included."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": KeyValueFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": {"level": level.upper(), "handlers": [], "propagate": True},
            # Off: the request log of the web floor writes a line per request.
            "gunicorn.access": {"level": "ERROR", "handlers": [], "propagate": False},
        },
    }


def configure_logging(level: str) -> None:
    """Configure the logging of this process."""
    dictConfig(make_logging_config(level))
