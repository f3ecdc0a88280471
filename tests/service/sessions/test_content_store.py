"""Content store: two processes, a lost, a damaged and a full store give the content of the digest, or none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from ev2gym_dashboard.core.charging_sessions import pack_sessions
from ev2gym_dashboard.core.profile import Profile, make_profile
from ev2gym_dashboard.service.datasets.session_file import read_session_bytes
from ev2gym_dashboard.service.runtime.settings import STATE_VARIABLE
from ev2gym_dashboard.service.scenarios.contents import Content, compute_digest, encode_content, hash_text
from ev2gym_dashboard.service.sessions.content_store import CONTENT_FILE_NAME, ContentStore, open_content_store
from ev2gym_dashboard.service.sessions.resilient_store import ResilientStore
from ev2gym_dashboard.service.sessions.snapshot_store import NullStore

NAME = "base_load_profile"
YEAR = make_profile(np.linspace(0.0, 900.0, 35_136) ** 0.5, step_min=15)
SESSIONS = read_session_bytes(
    b"arrival,departure,energy_kwh,capacity_kwh,power_kw\n2026-01-05T17:00,2026-01-06T07:00,12.5,50,11\n",
    time_zone="UTC",
)


def open_store(folder: Path) -> ContentStore:
    return open_content_store({STATE_VARIABLE: str(folder)})


def write_row(folder: Path, digest: str, data: bytes) -> None:
    with closing(sqlite3.connect(folder / CONTENT_FILE_NAME)) as file, file:
        assert file.execute("UPDATE kept SET data = ? WHERE run = ?", (data, digest)).rowcount == 1


def read_row(folder: Path, digest: str) -> bytes:
    with closing(sqlite3.connect(folder / CONTENT_FILE_NAME)) as file:
        data: bytes = file.execute("SELECT data FROM kept WHERE run = ?", (digest,)).fetchone()[0]
    return data


@pytest.mark.parametrize(
    ("name", "content"),
    [(NAME, YEAR), ("sessions", SESSIONS), ("catalog_spec", '{"é": 1}'), ("tariff_spec", "x = 1")],
)
def test_a_second_process_reads_what_the_first_one_stored(tmp_path: Path, name: str, content: Content) -> None:
    open_store(tmp_path).put(name, content)
    assert open_store(tmp_path).find(name, compute_digest(content)) == content


def test_the_text_that_a_browser_keeps_is_that_of_the_digest() -> None:
    store = ContentStore(ResilientStore(NullStore()))
    assert hash_text(store.put(NAME, YEAR)) == compute_digest(YEAR)
    assert ContentStore(ResilientStore(NullStore())).accept(NAME, compute_digest(YEAR), encode_content(YEAR)) == YEAR


def test_without_a_shared_store_a_process_remembers_and_another_one_does_not() -> None:
    first, second = open_content_store({STATE_VARIABLE: "off"}), open_content_store({STATE_VARIABLE: "off"})
    first.put(NAME, YEAR)
    assert first.find(NAME, compute_digest(YEAR)) == YEAR
    assert second.find(NAME, compute_digest(YEAR)) is None
    assert second.accept(NAME, compute_digest(YEAR), encode_content(YEAR)) == YEAR
    assert second.find(NAME, compute_digest(YEAR)) == YEAR


def test_bytes_of_another_content_under_a_digest_are_none(tmp_path: Path) -> None:
    store, other = open_store(tmp_path), make_profile(YEAR.values + 1.0, step_min=15)
    store.put(NAME, YEAR)
    store.put(NAME, other)
    # Whole and with the digest of the snapshot store, but under the wrong name.
    write_row(tmp_path, compute_digest(YEAR), read_row(tmp_path, compute_digest(other)))
    assert open_store(tmp_path).find(NAME, compute_digest(YEAR)) is None


@pytest.mark.parametrize("position", [3, 40, -1])
def test_a_changed_byte_in_the_store_is_none_and_the_next_one_who_sends_it_repairs_it(
    tmp_path: Path, position: int
) -> None:
    digest = compute_digest(YEAR)
    open_store(tmp_path).put(NAME, YEAR)
    data = bytearray(read_row(tmp_path, digest))
    data[position] ^= 1
    write_row(tmp_path, digest, bytes(data))
    again = open_store(tmp_path)
    assert again.find(NAME, digest) is None
    assert again.accept(NAME, digest, encode_content(YEAR)) == YEAR
    assert open_store(tmp_path).find(NAME, digest) == YEAR


def test_a_store_that_is_lost_while_the_server_runs_is_none_and_then_new(tmp_path: Path) -> None:
    digest = compute_digest(YEAR)
    open_store(tmp_path).put(NAME, YEAR)
    for path in tmp_path.iterdir():
        path.unlink()
    store = open_store(tmp_path)
    assert store.find(NAME, digest) is None
    store.accept(NAME, digest, encode_content(YEAR))
    assert open_store(tmp_path).find(NAME, digest) == YEAR


def test_the_memory_holds_what_was_used_last(tmp_path: Path) -> None:
    profiles = [make_profile(YEAR.values + number, step_min=15) for number in range(3)]
    size = max(len(encode_content(profile)) for profile in profiles)
    store = ContentStore(ResilientStore(NullStore()), max_bytes=2 * size)

    def is_held(profile: Profile) -> bool:
        return store.find(NAME, compute_digest(profile)) is not None

    store.put(NAME, profiles[0])
    store.put(NAME, profiles[1])
    assert is_held(profiles[0])
    store.put(NAME, profiles[2])
    assert [is_held(profile) for profile in profiles] == [True, False, True]
    small = ContentStore(ResilientStore(NullStore()), max_bytes=10)
    small.put(NAME, YEAR)
    assert small.find(NAME, compute_digest(YEAR)) == YEAR, "the newest one stays, however long"


@pytest.mark.parametrize("text", [None, 3, "", "{}", encode_content(YEAR) + " ", "\ud800", "x" * 8_000_001])
def test_what_is_not_the_text_of_the_digest_is_none(text: object) -> None:
    store = ContentStore(ResilientStore(NullStore()))
    assert store.accept(NAME, compute_digest(YEAR), text) is None
    assert store.find(NAME, compute_digest(YEAR)) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (NAME, "null"),
        (NAME, '"text"'),
        (NAME, "[" * 100_000),
        (NAME, "{"),
        ("catalog_spec", "[1]"),
        ("sessions", "7"),
        ("sessions", '"no sessions"'),
    ],
)
def test_a_text_that_is_no_content_of_its_field_is_none(name: str, text: str) -> None:
    assert ContentStore(ResilientStore(NullStore())).accept(name, hash_text(text), text) is None


def test_a_short_text_of_sessions_that_holds_gigabytes_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.scenarios.contents.MAX_SHORT_BYTES", 100)
    text = encode_content(SESSIONS)
    assert pack_sessions(SESSIONS) in text
    assert ContentStore(ResilientStore(NullStore())).accept("sessions", hash_text(text), text) is None
