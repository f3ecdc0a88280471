"""Where, how and for whom the dashboard is served: from options, the environment, or the defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core import schema
from ev2gym_dashboard.core.schema import Invalid, Issue, Quantity, choice, quantity
from ev2gym_dashboard.service.runtime.log_format import LEVELS

PREFIX = "EV2GYM_DASHBOARD_"
STATE_VARIABLE, REDIS_VARIABLE = "EV2GYM_DASHBOARD_STATE", "EV2GYM_DASHBOARD_REDIS"
NOWHERE = "off"
PATH = re.compile(r"/([A-Za-z0-9._~-]+/)*", re.ASCII)


def _text(default: str, about: str) -> Any:
    return field(default=default, metadata={"about": about})


def _secret(about: str) -> Any:
    """Declare a text that a variable alone sets: others on the machine can read a command line."""
    return field(default="", repr=False, metadata={"about": about, "secret": True})


@dataclass(frozen=True)
class Serving:
    """How the server is run; each field can be set by its option and by its variable, ``EV2GYM_DASHBOARD_PORT`` say."""

    host: str = _text("127.0.0.1", "Address to listen on; 0.0.0.0 opens it to the network")
    port: int = quantity(8888, "", 0, 65535, "Port to listen on; 0 takes a free one")
    workers: int = quantity(0, "", 0, 64, "Processes that answer; 0 for one per core")
    threads: int = quantity(8, "", 1, 256, "Threads in each process")
    proxy: int = quantity(0, "", 0, 8, "Reverse proxies in front, whose X-Forwarded headers are believed")
    prefix: str = _text("/", "Path under which a reverse proxy serves the page, as /fleet/")
    state: str = _text("", "Folder for snapshots of running simulations; off for none, empty for the user's cache")
    redis: str = _secret(
        "redis://... URL of a server for the snapshots in place of the folder; several machines can share it"
    )
    log: str = choice("info", LEVELS, "The least important events that are logged")
    auth: str = _secret("user:password that is asked for, except of /healthz; empty for none")

    @property
    def bind(self) -> str:
        """Address as gunicorn takes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def processes(self) -> int:
        """Processes that answer: as many as were asked for, or as there are cores that this process may use."""
        return self.workers or min(cores(), 64)

    @property
    def account(self) -> tuple[str, str] | None:
        """User and password that are asked for, or None."""
        user, _, password = self.auth.partition(":")
        return (user, password) if self.auth else None

    @property
    def environment(self) -> dict[str, str]:
        """The variables that say the same."""
        return {variable(f.name): str(getattr(self, f.name)) for f in fields(self)}


def cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def variable(name: str) -> str:
    """Return the environment variable of a field."""
    return PREFIX + name.upper()


def about(name: str) -> str:
    """Return what a field is."""
    metadata = Serving.__dataclass_fields__[name].metadata
    return str(metadata["declared"].about if "declared" in metadata else metadata["about"])


def options() -> list[Field[Any]]:
    """Return the fields that have an option."""
    return [f for f in fields(Serving) if "secret" not in f.metadata]


def serving_from(environment: Mapping[str, str], options: Mapping[str, str | None] | None = None) -> Serving:
    """Read how to serve; an option wins over a variable, that over the default.

    Raises
    ------
    Invalid
        With every issue, each under the name of the option or variable that is wrong.
    """
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    for f in fields(Serving):
        option, setting = (options or {}).get(f.name), environment.get(variable(f.name))
        if option is not None or setting:
            values[f.name] = _read(f.name, option if option is not None else setting or "")
            sources[f.name] = f"--{f.name}" if option is not None else variable(f.name)
    serving = Serving(**values)  # type: ignore[arg-type]
    found = schema.check(serving) + _text_issues(serving)
    issues = [Issue(sources[wrong.field], wrong.template, wrong.values) for wrong in found]
    if issues:
        raise Invalid(issues)
    return serving


def _text_issues(serving: Serving) -> list[Issue]:
    issues = []
    if not PATH.fullmatch(serving.prefix):
        issues.append(
            Issue(
                "prefix",
                "must begin and end with /, as /fleet/, not {value}",
                (("value", schema.shown(serving.prefix)),),
            )
        )
    if serving.account and not all(serving.account):
        issues.append(Issue("auth", "must be a user and a password with a colon between them"))
    return issues


def _read(name: str, text: str) -> object:
    if not isinstance(schema.declared(Serving).get(name), Quantity):
        return text
    try:
        return int(text)
    except ValueError:
        return text


def state_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder that the environment names, else the user's cache; None for ``off``."""
    folder = environment.get(STATE_VARIABLE) or str(_cache_home(environment) / "ev2gym-dashboard")
    return None if folder == NOWHERE else Path(folder)


def _cache_home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
