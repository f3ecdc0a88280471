"""Server settings: read from command-line options, environment variables or defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core import schema
from ev2gym_dashboard.core.schema import (
    Issue,
    Quantity,
    ValidationError,
    declare_choice,
    declare_quantity,
    make_name_issue,
)
from ev2gym_dashboard.service.runtime.environment import SHARED_VARIABLES, check_shared_variables, split_credentials
from ev2gym_dashboard.service.runtime.log_format import LOG_LEVELS

VARIABLE_PREFIX = "EV2GYM_DASHBOARD_"
STATE_VARIABLE, REDIS_VARIABLE = "EV2GYM_DASHBOARD_STATE", "EV2GYM_DASHBOARD_REDIS"
STATE_OFF = DOCS_OFF = "off"
HOSTS_PATTERN = re.compile(r"\s*\.?[a-z0-9]([a-z0-9.:-]*[a-z0-9])?\s*", re.ASCII | re.IGNORECASE)
LOOPBACK_NAMES = ("localhost", ".localhost", "127.0.0.1", "::1")
ORIGIN_PATTERN = re.compile(r"\s*https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?\s*", re.ASCII | re.IGNORECASE)
PREFIX_PATTERN = re.compile(r"/([A-Za-z0-9._~-]+/)*", re.ASCII)


def _text_field(default: str, about: str) -> Any:
    return field(default=default, metadata={"about": about})


def _secret_field(about: str) -> Any:
    # No option: other users of the machine can read command lines.
    return field(default="", repr=False, metadata={"about": about, "secret": True})


def _listed_field(about: str) -> Any:
    # Its option is repeatable, and belongs to several commands.
    return field(default="", metadata={"about": about, "listed": True})


@dataclass(frozen=True)
class ServerSettings:
    """Settings of the server; each has an environment variable (``EV2GYM_DASHBOARD_PORT``), and most have an option."""

    host: str = _text_field("127.0.0.1", "Address to listen on; 0.0.0.0 opens it to the network")
    port: int = declare_quantity(8888, "", 0, 65535, "Port to listen on; 0 takes a free one")
    workers: int = declare_quantity(0, "", 0, 64, "Worker processes; 0 for one per core")
    threads: int = declare_quantity(8, "", 1, 256, "Threads of each worker process")
    proxy: int = declare_quantity(0, "", 0, 8, "Number of reverse proxies whose X-Forwarded headers are trusted")
    prefix: str = _text_field("/", "Path under which a reverse proxy serves the page, such as /fleet/")
    hosts: str = _text_field(
        "",
        "Names under which visitors reach the server, separated by commas; empty for localhost alone on a loopback "
        "address, and for any name otherwise or behind a proxy",
    )
    embed: str = _text_field(
        "",
        "Origins whose pages may show this one in a frame, such as https://portal.example, separated by commas; "
        "empty for none",
    )
    docs: str = _text_field(
        "", "Folder of the built documentation; off for none, empty for that of the package or of a checkout"
    )
    state: str = _text_field("", "Folder of the snapshots of live runs; off for none, empty for the user's cache")
    redis: str = _secret_field(
        "redis://... URL of a server that keeps the snapshots instead of the folder; several machines can share it"
    )
    log: str = declare_choice("info", LOG_LEVELS, "Lowest level of the logged events")
    strategy_files: str = _listed_field("Python files of strategies of the operator's own, separated as in PATH")
    auth: str = _secret_field("user:password required for every path except /healthz; empty for none")

    @property
    def bind(self) -> str:
        """Address in gunicorn's syntax."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def n_processes(self) -> int:
        """Number of worker processes: the setting, or one per core that this process may use."""
        return self.workers or min(count_cores(), 64)

    @property
    def credentials(self) -> tuple[str, str] | None:
        """User and password that a visitor needs; None if there are none."""
        return split_credentials(self.auth) if self.auth else None

    @property
    def allowed_hosts(self) -> frozenset[str] | None:
        """Names under which the server answers; one with a leading dot stands for its subdomains, None for any name."""
        if not self.hosts and (self.proxy or not is_loopback(self.host)):
            return None
        # A health check on the same machine asks for localhost.
        return frozenset(
            {*LOOPBACK_NAMES, self.host, *(name.strip().lower() for name in self.hosts.split(",") if name)}
        )

    @property
    def embedders(self) -> tuple[str, ...]:
        """Origins whose pages may show this one in a frame."""
        return tuple(origin.strip().lower() for origin in self.embed.split(",") if origin)

    @property
    def strategy_paths(self) -> tuple[Path, ...]:
        """Paths of the files of strategies."""
        return tuple(Path(path) for path in self.strategy_files.split(os.pathsep) if path)

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables of the same settings."""
        return {format_variable_name(f.name): str(getattr(self, f.name)) for f in fields(self)}


def is_loopback(host: str) -> bool:
    """Return whether an address to listen on is reached from this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def count_cores() -> int:
    """Count the cores that this process may use."""
    # In a container or under taskset, these are fewer than os.cpu_count().
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def format_variable_name(name: str) -> str:
    """Return the name of the environment variable of a field."""
    return VARIABLE_PREFIX + name.upper()


def describe_setting(name: str) -> str:
    """Return the description of a field."""
    metadata = ServerSettings.__dataclass_fields__[name].metadata
    return str(metadata["declared"].about if "declared" in metadata else metadata["about"])


def list_variables() -> dict[str, str]:
    """Return all environment variables of the package, and their meanings."""
    return {format_variable_name(f.name): describe_setting(f.name) for f in fields(ServerSettings)} | SHARED_VARIABLES


def list_unknown_variables(environment: Mapping[str, str]) -> list[Issue]:
    """Return an issue for each variable that has the prefix of the package, and is none of its own."""
    known = list_variables()
    names = [name for name in sorted(environment) if name.startswith(VARIABLE_PREFIX) and name not in known]
    return [make_name_issue(name, known) for name in names]


def list_option_fields() -> list[Field[Any]]:
    """List the fields that have an option."""
    return [f for f in fields(ServerSettings) if not {"secret", "listed"} & f.metadata.keys()]


def read_server_settings(
    environment: Mapping[str, str], options: Mapping[str, str | None] | None = None
) -> ServerSettings:
    """Read the settings; an option overrides a variable, and a variable the default.

    Raises
    ------
    ValidationError
        With every issue, each under the name of its option or variable.
    """
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    for f in fields(ServerSettings):
        # An empty variable counts as unset, as in container set-ups that pass every variable.
        option, setting = (options or {}).get(f.name), environment.get(format_variable_name(f.name))
        if option is not None or setting:
            values[f.name] = _parse_setting(f.name, option if option is not None else setting or "")
            sources[f.name] = f"--{f.name}" if option is not None else format_variable_name(f.name)
    settings = ServerSettings(**values)  # type: ignore[arg-type]
    issues = schema.check_declared(settings) + _check_texts(settings)
    if issues := [replace(issue, field=sources[issue.field]) for issue in issues] + check_shared_variables(environment):
        raise ValidationError(issues)
    return settings


def _check_texts(settings: ServerSettings) -> list[Issue]:
    # gunicorn would listen on all addresses.
    issues = [] if settings.host.strip() else [Issue("host", "must be an address to listen on, as 127.0.0.1")]
    if not PREFIX_PATTERN.fullmatch(settings.prefix):
        issues.append(
            Issue(
                "prefix",
                "must begin and end with /, as /fleet/, not {value}",
                (("value", schema.format_value(settings.prefix)),),
            )
        )
    if settings.hosts and not all(map(HOSTS_PATTERN.fullmatch, settings.hosts.split(","))):
        issues.append(
            Issue(
                "hosts",
                "must be host names separated by commas, as fleet.example, not {value}",
                (("value", schema.format_value(settings.hosts)),),
            )
        )
    if settings.embed and not all(map(ORIGIN_PATTERN.fullmatch, settings.embed.split(","))):
        issues.append(
            Issue(
                "embed",
                "must be origins separated by commas, as https://portal.example, not {value}",
                (("value", schema.format_value(settings.embed)),),
            )
        )
    issues += _check_docs(settings.docs)
    issues += _check_redis(settings.redis)
    if settings.credentials and not all(settings.credentials):
        issues.append(Issue("auth", "must be a user and a password with a colon between them"))
    return issues


def _check_docs(folder: str) -> list[Issue]:
    if folder in ("", DOCS_OFF) or (Path(folder) / "index.html").is_file():
        return []
    value = schema.format_value(folder)
    return [Issue("docs", "must be off or a folder with an index.html, not {value}", (("value", value),))]


def _check_redis(url: str) -> list[Issue]:
    """Return an issue of a server that no snapshot could ever reach: each tick would fail on it."""
    if not url:
        return []
    if find_spec("redis") is None:
        return [Issue("redis", 'requires the package redis: pip install "ev2gym-dashboard[redis]"')]
    from redis.connection import parse_url  # noqa: PLC0415 (an extra)

    try:
        parse_url(url)  # type: ignore[no-untyped-call]
    except ValueError:
        # The URL may hold a password, and is not repeated.
        return [Issue("redis", "must be a URL as redis://host:6379/0, rediss://… or unix://…")]
    return []


def _parse_setting(name: str, text: str) -> object:
    if not isinstance(schema.list_declared(ServerSettings).get(name), Quantity):
        return text
    try:
        return int(text)
    except ValueError:
        return text


def find_state_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the state folder of the environment, by default in the user's cache; None for ``off``."""
    folder = environment.get(STATE_VARIABLE) or str(_find_cache_home(environment) / "ev2gym-dashboard")
    return None if folder == STATE_OFF else Path(folder)


def _find_cache_home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
