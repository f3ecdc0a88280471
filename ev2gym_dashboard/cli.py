"""The command ``ev2gym-dashboard``."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import fields
from importlib.metadata import version
from typing import NoReturn

from ev2gym_dashboard.core.schema import Invalid
from ev2gym_dashboard.service.serving import Serving, about, serving_from, variable

GUNICORN = ("-m", "gunicorn", "--config", "python:ev2gym_dashboard.service.gunicorn_conf")
APP = "ev2gym_dashboard.web.wsgi:server"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = _parser().parse_args(arguments)
    options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ev2gym-dashboard", description="V2G and G2V of a fleet of EV2Gym vehicles.")
    parser.add_argument("--version", action="version", version=version("ev2gym-dashboard"))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_serve(commands)
    return parser


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser("serve", help="serve the dashboard to a browser", description="Serve the dashboard.")
    for f in fields(Serving):
        text = f"{about(f.name)} (default {f.default}; or {variable(f.name)})"
        serve.add_argument(f"--{f.name}", metavar=f.name.upper(), help=text)
    serve.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> None:
    try:
        serving = serving_from(os.environ, vars(options))
    except Invalid as wrong:
        _fail("\n".join(map(str, wrong.issues)))
    _check_address(serving)
    os.execve(sys.executable, [sys.executable, *GUNICORN, APP], os.environ | serving.environment)  # noqa: S606


def _check_address(serving: Serving) -> None:
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((serving.host, serving.port))
        except OSError as error:
            _fail(f"{serving.bind} cannot be listened on ({error.strerror}); choose another with --host and --port.")


def _fail(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
