"""Imports of large libraries: without the collector, and without the parts that nobody needs."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from threading import Lock
from types import ModuleType

_lock = Lock()


@contextmanager
def pause_collector() -> Iterator[None]:
    """Collect nothing while modules are imported: it would free nothing, and take a sixth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _LazyPackage(ModuleType):
    """A package that imports the modules of `needed` one by one, and itself when it is asked for anything else."""

    needed: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> object:
        if name in self.needed:
            return import_module(f"{self.__name__}.{name}")
        self.__class__ = ModuleType  # type: ignore[assignment]  # no longer lazy
        del self.__dict__["needed"]
        if self.__spec__ and self.__spec__.loader:
            self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def prepare_package(name: str, *, needed: tuple[str, ...]) -> None:
    """Let some modules of a package be imported without all the others, which the package itself would import."""
    with _lock:
        spec = None if name in sys.modules else find_spec(name)
        if spec:
            package = module_from_spec(spec)
            package.__class__ = _LazyPackage
            package.__dict__["needed"] = needed
            sys.modules[name] = package
