"""Strategies from outside of this package: installed plug-ins, by entry point, and files of the user."""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Generic, TypeVar

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.strategies.door.errors import StrategyError, describe_exception, make_strategy_error
from ev2gym_dashboard.strategies.door.registry import STRATEGIES
from ev2gym_dashboard.strategies.door.table import BUILT_IN

ENTRY_POINT_GROUP = "ev2gym_dashboard.strategies"
Output = TypeVar("Output")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StrategyFile:
    """A file of strategies: its path for people, and its text, which travels to other processes."""

    path: str
    source: str = field(repr=False)

    @property
    def module_name(self) -> str:
        """Name of its module, which other files and contents do not share."""
        return f"ev2gym_strategy_file_{hashlib.sha256(f'{self.path} {self.source}'.encode()).hexdigest()[:16]}"


_loaded_files: dict[str, StrategyFile] = {}


def load_installed_strategies() -> None:
    """Load the entry points of the group; one that fails is logged and left out, and its error is kept."""
    for entry_point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry_point: entry_point.name):
        try:
            _load_entry_point(entry_point)
        except StrategyError as error:
            STRATEGIES.errors[entry_point.name] = error
            logger.warning("%s", error)


def read_strategy_file(path: Path) -> StrategyFile:
    """Return a file of strategies; raise `ValidationError` if it cannot be read."""
    try:
        return StrategyFile(str(path), path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        values = (("path", path), ("reason", reason))
        raise ValidationError([Issue("--strategy-file", "{path} cannot be read: {reason}", values)]) from None


def load_strategy_files(files: tuple[StrategyFile, ...]) -> None:
    """Load files of strategies; those that this process has loaded before are left as they are.

    Raises
    ------
    StrategyError
        If a file fails, or registers no strategy.
    """
    # Installed plug-ins first: a file that takes the key of one is told so.
    len(STRATEGIES)
    for file in files:
        if file.module_name not in _loaded_files:
            _load_file(file)
            _loaded_files[file.module_name] = file


def list_strategy_files() -> tuple[StrategyFile, ...]:
    """Return the files that this process has loaded, for the processes that it starts."""
    return tuple(_loaded_files.values())


def hash_strategy_code(key: str) -> str:
    """Return a digest of the module of a plug-in; empty for a strategy of this package, told by its version."""
    strategy = STRATEGIES[key]
    if strategy.source == BUILT_IN:
        return ""
    return hashlib.sha256(_read_module_code(strategy.module, key)).hexdigest()


def _read_module_code(module: str, key: str) -> bytes:
    if module in _loaded_files:
        return _loaded_files[module].source.encode()
    path = getattr(sys.modules.get(module), "__file__", None)
    # A notebook has no file: its strategies are told apart by their names alone.
    return Path(path).read_bytes() if path and Path(path).is_file() else f"{module} {key}".encode()


def _load_entry_point(entry_point: EntryPoint) -> None:
    package = entry_point.dist.name if entry_point.dist else entry_point.value
    with _keep_whole(entry_point.name, package, entry_point.module):
        entry_point.load()


def _load_file(file: StrategyFile) -> None:
    module = ModuleType(file.module_name)
    module.__file__ = file.path
    # Dataclasses look their module up by its name.
    sys.modules[file.module_name] = module
    with _keep_whole(Path(file.path).stem, file.path, file.module_name):
        exec(compile(file.source, file.path, "exec"), module.__dict__)  # noqa: S102 (the user's own file, on his machine)


@contextmanager
def _keep_whole(name: str, source: str, module: str) -> Iterator[None]:
    """Raise any error of a plug-in as a `StrategyError`, without what the plug-in has registered before."""
    before = STRATEGIES.peek()
    try:
        yield
        _require_strategy(name, source, module)
    except StrategyError:
        _forget_strategies(before)
        raise
    except (Exception, SystemExit) as error:
        _forget_strategies(before)
        template = "{strategy} ({source}, line {line}): {kind}: {text}"
        values = describe_exception(error, source)
        raise make_strategy_error(name, Path(source).name, template, **values) from error


def _require_strategy(name: str, source: str, module: str) -> None:
    modules = {strategy.module for strategy in STRATEGIES.peek().values()}
    if not any(other == module or other.startswith(f"{module}.") for other in modules):
        template = "{strategy} ({source}): it registers no strategy; decorate a function with @strategy()"
        raise make_strategy_error(name, Path(source).name, template)


def _forget_strategies(before: Mapping[str, object]) -> None:
    for key in set(STRATEGIES.peek()) - set(before):
        del STRATEGIES[key]


def with_strategy_files(function: Callable[..., Output]) -> Callable[..., Output]:
    """Return a function for another process, which loads the strategy files of this one first."""
    files = list_strategy_files()
    return _CallWithFiles(function, files) if files else function


@dataclass(frozen=True)
class _CallWithFiles(Generic[Output]):
    function: Callable[..., Output]
    files: tuple[StrategyFile, ...]

    def __call__(self, *arguments: object) -> Output:
        load_strategy_files(self.files)
        return self.function(*arguments)
