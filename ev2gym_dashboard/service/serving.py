"""Where and with how many processes the dashboard is served: from options, the environment, or the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from ev2gym_dashboard.core import schema
from ev2gym_dashboard.core.schema import Invalid, Issue, quantity

PREFIX = "EV2GYM_DASHBOARD_"


@dataclass(frozen=True)
class Serving:
    """How the server is run; each field can be set by its option and by its variable, ``EV2GYM_DASHBOARD_PORT`` say."""

    host: str = field(default="127.0.0.1", metadata={"about": "Address to listen on; 0.0.0.0 opens it to the network"})
    port: int = quantity(8888, "", 0, 65535, "Port to listen on; 0 takes a free one")
    workers: int = quantity(1, "", 1, 64, "Processes that answer")
    threads: int = quantity(8, "", 1, 256, "Threads in each process")

    @property
    def bind(self) -> str:
        """Address as gunicorn takes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that say the same."""
        return {variable(f.name): str(getattr(self, f.name)) for f in fields(self)}


def variable(name: str) -> str:
    """Return the environment variable of a field."""
    return PREFIX + name.upper()


def about(name: str) -> str:
    """Return what a field is."""
    metadata = Serving.__dataclass_fields__[name].metadata
    return str(metadata["declared"].about if "declared" in metadata else metadata["about"])


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
    issues = [Issue(sources[wrong.field], wrong.template, wrong.values) for wrong in schema.check(serving)]
    if issues:
        raise Invalid(issues)
    return serving


def _read(name: str, text: str) -> object:
    if name not in schema.declared(Serving):
        return text
    try:
        return int(text)
    except ValueError:
        return text
