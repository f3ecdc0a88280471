"""Child processes: how they start, which modules they preload, and how they end with their parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext
from threading import Thread

# Named, not imported: the comparison is a floor above.
PRELOADED_MODULES = (
    "ev2gym_dashboard.service.comparison.runner",
    "ev2gym_dashboard.service.scenarios.solar_library",
    "ev2gym_dashboard.compiled.run",
)


def make_preloaded_context() -> BaseContext:
    """Return a context whose processes are forked from a server that has imported `PRELOADED_MODULES`."""
    # A fork of this process could inherit locks that its threads hold; the fork server has no threads.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED_MODULES))
    # Before the mask is set: starting the resource tracker unblocks SIGINT.
    resource_tracker.ensure_running()
    with _block_interrupts():
        forkserver.ensure_running()
    return context


def watch_parent() -> None:
    """Start a thread that ends this process when its parent has ended, even if the parent was killed."""
    Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        # os._exit, because sys.exit in a thread ends only that thread.
        os._exit(1)


@contextmanager
def _block_interrupts() -> Iterator[None]:
    # Ctrl-C reaches the whole process group; children inherit the mask, and the parent decides when they stop.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
