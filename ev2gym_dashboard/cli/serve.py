"""``serve``: the dashboard, to a browser."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from ev2gym_dashboard.cli.say import fail
from ev2gym_dashboard.core.schema import Invalid
from ev2gym_dashboard.service.runtime.settings import Serving, about, options, serving_from, variable

GUNICORN = ("-m", "gunicorn", "--config", "python:ev2gym_dashboard.service.server.gunicorn_conf")
APP = "ev2gym_dashboard.web.wsgi:server"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    serve = commands.add_parser(
        "serve",
        help="serve the dashboard to a browser",
        description="Serve the dashboard to a browser.",
        epilog="For example: ev2gym-dashboard serve --port 9000 --workers 2",
    )
    for f in options():
        text = f"{about(f.name)} (default {f.default}; or {variable(f.name)})"
        serve.add_argument(f"--{f.name}", metavar=f.name.upper(), help=text)
    serve.set_defaults(run=_serve)


def _serve(given: argparse.Namespace) -> None:
    try:
        serving = serving_from(os.environ, vars(given))
    except Invalid as wrong:
        fail("\n".join(map(str, wrong.issues)))
    _check_address(serving)
    os.execve(sys.executable, [sys.executable, *GUNICORN, APP], os.environ | serving.environment)  # noqa: S606


def _check_address(serving: Serving) -> None:
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((serving.host, serving.port))
        except OSError as error:
            fail(f"{serving.bind} cannot be listened on ({error.strerror}); choose another with --host and --port.")
