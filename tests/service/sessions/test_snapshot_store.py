"""Snapshot stores: lookup, eviction, and faults that never reach a run."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from redis import Redis

from ev2gym_dashboard.service.sessions.record_blocks import NO_BLOCKS, Blocks, compute_block_digest
from ev2gym_dashboard.service.sessions.redis_store import RedisStore
from ev2gym_dashboard.service.sessions.resilient_store import FAULT_BACKOFF_S, ResilientStore, open_snapshot_store
from ev2gym_dashboard.service.sessions.snapshot_store import NullStore, SnapshotStore, SqliteStore

NO_REDIS = "redis-server is not installed here: apt-get install redis-server (make services)"


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        self.time += 1.0
        return self.time


@pytest.fixture
def redis_socket(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    if shutil.which("redis-server") is None:
        pytest.skip(NO_REDIS)
    socket = tmp_path / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        while not socket.exists():
            assert server.poll() is None
            time.sleep(0.02)
        yield f"unix://{socket}", server
        server.kill()


@pytest.fixture(params=["disk", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SnapshotStore:
    if request.param == "disk":
        return SqliteStore(tmp_path / "new" / "snapshots.sqlite3", now=Clock())
    return RedisStore(request.getfixturevalue("redis_socket")[0])


def test_a_stored_snapshot_is_found_by_its_run_and_step(store: SnapshotStore) -> None:
    store.put("a", 96, b"one")
    store.put("b", 96, b"two")
    store.put("a", 192, b"three")
    assert sorted(store.list_steps(["a", "c"])) == [("a", 96), ("a", 192)]
    assert (store.get("a", 96), store.get("b", 96), store.get("a", 192)) == (b"one", b"two", b"three")
    assert store.get("c", 96) is None


def test_a_run_keeps_its_last_snapshots(store: SnapshotStore) -> None:
    for step in (96, 192, 288, 384, 480):
        store.put("a", step, b"x")
    assert sorted(store.list_steps(["a"])) == [("a", 288), ("a", 384), ("a", 480)]
    assert store.get("a", 96) is None


def name_blocks(*contents: bytes) -> dict[str, Callable[[], bytes]]:
    return {compute_block_digest(content): partial(bytes, content) for content in contents}


def test_a_block_is_written_once_and_used_by_each_snapshot_that_names_it(store: SnapshotStore) -> None:
    first, both = name_blocks(b"one"), name_blocks(b"one", b"two")
    store.put("a", 96, b"x", first)
    written: list[str] = []

    def encode(digest: str) -> bytes:
        written.append(digest)
        return both[digest]()

    store.put("b", 96, b"x", {digest: partial(encode, digest) for digest in both})
    assert written == [*both][1:]
    assert sorted(store.get_blocks([*both]).values()) == [b"one", b"two"]


def test_on_disk_a_block_stays_as_long_as_snapshots_use_it(tmp_path: Path) -> None:
    store, blocks = SqliteStore(tmp_path / "s", max_bytes=350, now=Clock()), name_blocks(b"x" * 100)
    store.put("a", 1, b"x" * 100, blocks)
    store.put("b", 1, b"x" * 100)
    store.put("a", 2, b"x" * 100, blocks)
    store.put("a", 3, b"x" * 100, blocks)
    assert [*store.get_blocks([*blocks])] == [*blocks]
    for step in range(4):
        store.put("c", step, b"x" * 100)
    assert store.get_blocks([*blocks]) == {}


def test_a_damaged_block_is_removed_alone_and_written_again(store: SnapshotStore) -> None:
    resilient, blocks = ResilientStore(store), name_blocks(b"one", b"two")
    bad, good = blocks
    store.put("a", 96, b"x", {bad: lambda: b"damaged", good: blocks[good]})
    assert resilient.get_blocks([*blocks]) == {good: b"two"}
    assert sorted(store.get_blocks([*blocks])) == [good]
    assert store.get("a", 96) == b"x"
    resilient.put("a", 144, b"x", blocks)
    resilient.flush()
    assert resilient.get_blocks([*blocks]) == {bad: b"one", good: b"two"}


def test_a_damaged_snapshot_is_removed_alone(store: SnapshotStore) -> None:
    resilient = ResilientStore(store)
    resilient.put("a", 1, b"good")
    resilient.flush()
    store.put("a", 2, b"damaged")
    assert resilient.get("a", 2) is None
    assert store.list_steps(["a"]) == [("a", 1)]
    assert resilient.get("a", 1) == b"good"


@pytest.mark.parametrize("value", ["a text of more than thirty-two characters", "é", 7, 0.5, None])
def test_on_disk_a_value_of_another_type_is_damage(tmp_path: Path, value: object) -> None:
    path = tmp_path / "s"
    store = ResilientStore(SqliteStore(path, now=Clock()))
    digest = compute_block_digest(b"block")
    store.put("a", 1, b"good", {digest: lambda: b"block"})
    store.flush()
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE kept SET data = ?", (value,))
    assert (store.get("a", 1), store.get_blocks([digest])) == (None, {})
    assert store.list_steps(["a", digest]) == []


def test_on_disk_the_least_recently_used_snapshot_is_evicted_first(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s", max_bytes=250, now=Clock())
    store.put("a", 1, b"x" * 100)
    store.put("b", 1, b"x" * 100)
    store.get("a", 1)
    store.put("c", 1, b"x" * 100)
    assert sorted(store.list_steps(["a", "b", "c"])) == [("a", 1), ("c", 1)]


def test_a_deleted_or_damaged_file_is_recreated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, clock = tmp_path / "s", Clock()
    store = ResilientStore(SqliteStore(path), now=clock)
    for damage in (path.unlink, lambda: path.write_bytes(b"no database" * 1000)):
        store.put("a", 1, b"x")
        store.flush()
        assert store.get("a", 1) == b"x"
        for rest in tmp_path.glob("s-*"):
            rest.unlink()
        damage()
        assert store.get("a", 1) is None
        clock.time += 10.0
    assert "snapshot store disabled" in caplog.text


def test_a_snapshot_with_changed_bytes_is_ignored(tmp_path: Path) -> None:
    file_store = SqliteStore(tmp_path / "s")
    store = ResilientStore(file_store)
    store.put("a", 1, b"good")
    store.flush()
    data = file_store.get("a", 1) or b""
    file_store.put("a", 1, data[:-1] + b"X")
    assert store.get("a", 1) is None


def test_an_unreachable_store_is_disabled_for_a_while(
    redis_socket: tuple[str, subprocess.Popen[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    url, server = redis_socket
    clock = Clock()
    store = ResilientStore(RedisStore(url), now=clock)
    store.put("a", 1, b"x")
    store.flush()
    assert store.get("a", 1) == b"x"
    server.kill()
    server.wait()
    assert store.get("a", 1) is None
    assert store.list_steps(["a"]) == []
    assert caplog.text.count("snapshot store disabled") == 1


@pytest.mark.parametrize(
    ("fault", "cure"),
    [
        ({"requirepass": "secret"}, {"requirepass": ""}),
        ({"maxmemory": "1", "maxmemory-policy": "noeviction"}, {"maxmemory": "0"}),
        ({"min-replicas-to-write": "1"}, {"min-replicas-to-write": "0"}),
    ],
    ids=["another password", "full", "read-only"],
)
def test_a_redis_that_takes_nothing_is_left_alone_and_used_again_once_it_does(
    redis_socket: tuple[str, subprocess.Popen[bytes]], fault: dict[str, str], cure: dict[str, str]
) -> None:
    url, _server = redis_socket
    # A connection that was there before the password is not asked for it.
    operator, clock = Redis.from_url(url), Clock()
    operator.config_set(*(text for pair in fault.items() for text in pair))
    store = ResilientStore(RedisStore(url), now=clock)
    store.put("a", 1, b"x")
    store.flush()
    assert store.get("a", 1) is None
    operator.config_set(*(text for pair in cure.items() for text in pair))
    clock.time += FAULT_BACKOFF_S
    store.put("a", 1, b"x")
    store.flush()
    assert (store.list_steps(["a"]), store.get("a", 1)) == ([("a", 1)], b"x")


@pytest.mark.parametrize("key", ["ev2gym-dashboard:a", "ev2gym-dashboard:a:1"])
def test_in_redis_a_key_of_another_type_is_damage_and_is_replaced(
    redis_socket: tuple[str, subprocess.Popen[bytes]], key: str, caplog: pytest.LogCaptureFixture
) -> None:
    url, _server = redis_socket
    store = ResilientStore(RedisStore(url))
    Redis.from_url(url).rpush(key, "a list")
    assert (store.list_steps(["a"]), store.get("a", 1)) == ([], None)
    store.put("a", 1, b"x")
    store.flush()
    assert (store.list_steps(["a"]), store.get("a", 1)) == ([("a", 1)], b"x")
    assert "disabled" not in caplog.text


def test_in_redis_members_that_are_no_steps_are_ignored_and_go(
    redis_socket: tuple[str, subprocess.Popen[bytes]],
) -> None:
    url, _server = redis_socket
    odd = ["", "-1", "1.5", "\u0661", "9" * 5000]
    Redis.from_url(url).zadd("ev2gym-dashboard:a", dict.fromkeys(odd, 0.0))
    store = ResilientStore(RedisStore(url))
    assert store.list_steps(["a"]) == []
    for step in (1, 2, 3):
        store.put("a", step, b"x")
        store.flush()
    assert sorted(store.list_steps(["a"])) == [("a", 1), ("a", 2), ("a", 3)]
    assert Redis.from_url(url).zcard("ev2gym-dashboard:a") == 3


def test_the_environment_names_the_store(tmp_path: Path) -> None:
    configured = open_snapshot_store({"EV2GYM_DASHBOARD_STATE": str(tmp_path)})
    configured.put("a", 1, b"x")
    configured.flush()
    assert (tmp_path / "snapshots.sqlite3").exists()
    off = open_snapshot_store({"EV2GYM_DASHBOARD_STATE": "off"})
    off.put("a", 1, b"x")
    off.flush()
    assert off.list_steps(["a"]) == NullStore().list_steps(["a"]) == []
    default = open_snapshot_store({"XDG_CACHE_HOME": str(tmp_path / "cache")})
    default.put("a", 1, b"x")
    default.flush()
    assert (tmp_path / "cache" / "ev2gym-dashboard" / "snapshots.sqlite3").exists()


@pytest.mark.parametrize(("length", "n_written"), [(1, 4), (30, 3)], ids=["their number", "their length"])
def test_few_writes_of_a_slow_store_are_pending(monkeypatch: pytest.MonkeyPatch, length: int, n_written: int) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.sessions.resilient_store.MAX_PENDING_BYTES", 100)
    may_write, written = Event(), []

    class SlowStore(NullStore):
        def put(self, _key: str, step: int, _data: bytes, _blocks: Blocks = NO_BLOCKS) -> None:
            may_write.wait(60)
            written.append(step)

    store = ResilientStore(SlowStore())
    for step in range(10):
        store.put("run", step, bytes(length))
    may_write.set()
    store.flush()
    store.put("run", 10, bytes(length))
    store.flush()
    assert written == [*range(n_written), 10]


def test_a_run_that_is_saved_while_another_one_is_disturbs_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    store, submitting, counting, saved = ResilientStore(NullStore()), Event(), Event(), Event()
    submit, written = store._writer.submit, []
    monkeypatch.setattr(store, "_put", lambda key, *_: written.append(key))

    class Pending(Future[None]):
        def done(self) -> bool:
            if submitting.is_set():
                counting.set()
                saved.wait(60)
            return False

    def submit_slowly(*arguments: Any) -> Future[None]:
        submitting.set()
        counting.wait(0.2)  # in vain where the second one waits for the first
        return submit(*arguments)

    store._writes[Pending()] = 1
    monkeypatch.setattr(store._writer, "submit", submit_slowly)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.put, "a", 1, b"x")
        assert submitting.wait(60)
        second = pool.submit(store.put, "b", 1, b"x")
        first.result(60)
        saved.set()
        second.result(60)
    store._writer.shutdown()
    assert written == ["a", "b"]
