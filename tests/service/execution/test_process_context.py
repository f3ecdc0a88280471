"""Child processes: they end with their parent, and preload modules that exist."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from ev2gym_dashboard.service.execution.process_context import PRELOADED_MODULES, make_preloaded_context

PATIENCE_S = 60.0
SLEEP_FOREVER = """
import time
from ev2gym_dashboard.service.execution.process_context import make_preloaded_context, watch_parent

def sleep() -> None:
    watch_parent()
    time.sleep(600)

if __name__ == "__main__":
    child = make_preloaded_context().Process(target=sleep)
    child.start()
    print(child.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("name", PRELOADED_MODULES)
def test_a_preloaded_module_exists(name: str) -> None:
    assert find_spec(name) is not None


def test_the_context_forks_from_a_server_where_the_system_has_one() -> None:
    has_server = "forkserver" in multiprocessing.get_all_start_methods()
    assert make_preloaded_context().get_start_method() == ("forkserver" if has_server else "spawn")


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(SLEEP_FOREVER, encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while _is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] != "Z"
