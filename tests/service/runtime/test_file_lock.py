"""The lock of a file is held by one process, and ends with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ev2gym_dashboard.service.runtime.file_lock import AlreadyLocked, lock_file

HOLD = """
import sys, time
from pathlib import Path
from ev2gym_dashboard.service.runtime.file_lock import lock_file
with lock_file(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_lock_is_held_by_one_process_and_ends_when_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(AlreadyLocked), lock_file(path):
            pass
        holder.kill()
        holder.wait()
        with lock_file(path), pytest.raises(AlreadyLocked), lock_file(path):
            pass
    with lock_file(path):
        pass


def test_a_lock_that_cannot_be_written_is_an_error_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Permission denied"), lock_file(tmp_path / "missing" / ".lock"):
        pass
