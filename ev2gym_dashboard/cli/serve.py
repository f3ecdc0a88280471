"""``serve``: the dashboard, to a browser."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from ev2gym_dashboard.cli.say import exit_with_error
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.runtime.settings import (
    ServerSettings,
    describe_setting,
    format_variable_name,
    list_option_fields,
    read_server_settings,
)

GUNICORN_ARGUMENTS = ("-m", "gunicorn", "--config", "python:ev2gym_dashboard.service.server.gunicorn_conf")
WSGI_APP = "ev2gym_dashboard.web.wsgi:server"


def add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    serve = commands.add_parser(
        "serve",
        help="serve the dashboard to a browser",
        description="Serve the dashboard to a browser.",
        epilog="For example: ev2gym-dashboard serve --port 9000 --workers 2",
    )
    for f in list_option_fields():
        text = f"{describe_setting(f.name)} (default {f.default}; or {format_variable_name(f.name)})"
        serve.add_argument(f"--{f.name}", metavar=f.name.upper(), help=text)
    serve.set_defaults(run=_serve)


def _serve(given: argparse.Namespace) -> None:
    try:
        serving = read_server_settings(os.environ, vars(given))
    except ValidationError as wrong:
        exit_with_error("\n".join(map(str, wrong.issues)))
    _check_address(serving)
    os.execve(sys.executable, [sys.executable, *GUNICORN_ARGUMENTS, WSGI_APP], os.environ | serving.environment)  # noqa: S606


def _check_address(serving: ServerSettings) -> None:
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((serving.host, serving.port))
        except OSError as error:
            exit_with_error(
                f"{serving.bind} cannot be listened on ({error.strerror}); choose another with --host and --port."
            )
