"""The log: one line per event, as key=value, with its request; no text from outside breaks a line."""

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
"""The request that is being answered; empty outside of one."""


class KeyValueFormatter(logging.Formatter):
    """Writes a record as key=value on one line, a traceback included; ``extra={"about": {...}}`` adds keys."""

    def format(self, record: logging.LogRecord) -> str:
        values = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": record.process,
            "from": record.name,
        }
        values |= {"request": request_id.get()} if request_id.get() else {}
        values |= {"event": record.getMessage()} | getattr(record, "about", {})
        values |= {"traceback": self.formatException(record.exc_info)} if record.exc_info else {}
        return " ".join(f"{key}={quote_value(value)}" for key, value in values.items())


def quote_value(value: object) -> str:
    """Return a value as it stands if it is a plain word or number, otherwise as a JSON text, in ASCII alone."""
    text = str(value)
    return text if BARE_VALUE_PATTERN.fullmatch(text) else json.dumps(text)


def make_request_id(given: str | None) -> str:
    """Return the id of a request: the given one if it is a short safe token, otherwise one of our own."""
    return given if given and REQUEST_ID_PATTERN.fullmatch(given) else secrets.token_hex(8)


def make_logging_config(level: str) -> dict[str, Any]:
    """Return how everything that runs in the server logs, gunicorn included; its line per request is ours instead."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": KeyValueFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": {"level": level.upper(), "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "ERROR", "handlers": [], "propagate": False},
        },
    }


def configure_logging(level: str) -> None:
    """Let this process log so."""
    dictConfig(make_logging_config(level))
