"""Command ``serve``: serve the dashboard with gunicorn."""

from __future__ import annotations

import argparse
import importlib.util
import os
import socket
import sys
import tempfile
from dataclasses import replace

from ev2gym_dashboard.cli.options import add_strategy_file_option
from ev2gym_dashboard.cli.output import EXIT_FAILURE, exit_with_error
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.runtime.settings import (
    ServerSettings,
    describe_setting,
    format_variable_name,
    list_option_fields,
    read_server_settings,
)
from ev2gym_dashboard.strategies import StrategyError
from ev2gym_dashboard.strategies.door.plugins import load_strategy_files, read_strategy_file

GUNICORN_ARGUMENTS = ("-m", "gunicorn", "--config", "python:ev2gym_dashboard.service.server.gunicorn_conf")
WSGI_APP = "ev2gym_dashboard.web.wsgi:server"
NO_GUNICORN = """\
serve needs gunicorn, which does not run on this system. On Windows, run it in WSL; for yourself alone, run
python -m flask --app {app} run --port {port}"""

NO_WEB = """\
serve needs the packages of the page, which are not installed: run pip install 'ev2gym-dashboard[web]'."""


def add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    serve = commands.add_parser(
        "serve",
        help="serve the dashboard",
        description="Serve the dashboard to browsers.",
        epilog="Example: ev2gym-dashboard serve --port 9000 --workers 2",
    )
    for f in list_option_fields():
        text = f"{describe_setting(f.name)} (default {f.default or 'empty'}; or {format_variable_name(f.name)})"
        serve.add_argument(f"--{f.name}", metavar=f.name.upper(), help=text)
    add_strategy_file_option(serve)
    serve.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> None:
    _require_web()
    try:
        settings = read_server_settings(os.environ, vars(options))
        # A fault of theirs is told here in one line, and not by each worker process.
        load_strategy_files(tuple(map(read_strategy_file, settings.strategy_paths)))
    except StrategyError:
        raise
    except ValidationError as error:
        exit_with_error("\n".join(map(str, error.issues)))
    if options.strategy_file:
        files = os.pathsep.join(str(path.resolve()) for path in (*settings.strategy_paths, *options.strategy_file))
        settings = replace(settings, strategy_files=files)
    _require_gunicorn(settings)
    _require_temporary_folder()
    _require_free_address(settings)
    # Replaces this process, so that signals reach gunicorn directly; the settings travel as variables.
    os.execve(sys.executable, [sys.executable, *GUNICORN_ARGUMENTS, WSGI_APP], os.environ | settings.environment)  # noqa: S606


def _require_web() -> None:
    if importlib.util.find_spec("dash") is None:
        exit_with_error(NO_WEB, EXIT_FAILURE)


def _require_gunicorn(settings: ServerSettings) -> None:
    if not hasattr(os, "fork"):
        exit_with_error(NO_GUNICORN.format(app=WSGI_APP, port=settings.port), EXIT_FAILURE)


def _require_temporary_folder() -> None:
    # The processes of gunicorn meet in it.
    try:
        tempfile.gettempdir()
    except OSError:
        exit_with_error("serve needs a temporary folder that it can write to; name one with TMPDIR.", EXIT_FAILURE)


def _require_free_address(settings: ServerSettings) -> None:
    # gunicorn itself would retry for seconds and end with a traceback.
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            exit_with_error(
                f"Cannot listen on {settings.bind} ({error.strerror}); choose another address with --host and --port."
            )
