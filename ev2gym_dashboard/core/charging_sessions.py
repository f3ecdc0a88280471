"""Charging sessions of a user: stays of vehicles as a frozen table of arrays, in place of drawn ones."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cached_property, singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.schema import Issue, ValidationError

SECONDS_PER_H = 3600.0
MAX_PACKED_BYTES = 200_000_000
SHORT_TEXT, MAX_SHORT_BYTES = 1_000_000, 16_000_000
"""Texts that fit into a request, and what they may hold: a visitor must not make a server unpack more."""
Times = NDArray[np.int64]
"""Seconds since 1970 in UTC."""


@dataclass(frozen=True)
class VehicleSpec:
    """What is known of a vehicle; NaN and "" are unknown.

    Parameters
    ----------
    model : name of its model
    capacity_kwh : usable capacity [kWh]
    power_kw : largest charging power of vehicle and EVSE together, at the grid side [kW]
    discharge_kw : largest power of V2G [kW]; unknown: that of charging
    """

    model: str
    capacity_kwh: float
    power_kw: float
    discharge_kw: float


@dataclass(frozen=True, eq=False)
class ChargingSessions:
    """The n stays of v vehicles, by rising arrival; no two of a vehicle, or at an EVSE, overlap.

    Parameters
    ----------
    vehicle : (n,) vehicle of each stay, 0 to v - 1
    arrival_s, departure_s : (n,) times [s since 1970, UTC]
    energy_kwh : (n,) energy charged at the grid side, NaN where the SOC at arrival is given [kWh]
    soc : (n,) SOC at arrival, NaN where it is unknown
    target_soc : (n,) SOC that is needed at departure, NaN for that of the scenario
    evse : (n,) EVSE of each stay, 0 to the number of ``evse_ids`` - 1; -1 for the vehicle's own
    spec : (v,) index of each vehicle's spec
    vehicle_ids, evse_ids : names of the vehicles and of the EVSEs in the file
    specs : the different specs of the vehicles
    """

    vehicle: NDArray[np.int32]
    arrival_s: Times
    departure_s: Times
    energy_kwh: Floats
    soc: Floats
    target_soc: Floats
    evse: NDArray[np.int32]
    spec: NDArray[np.int32]
    vehicle_ids: tuple[str, ...]
    evse_ids: tuple[str, ...]
    specs: tuple[VehicleSpec, ...] = field(repr=False)

    def __post_init__(self) -> None:
        for name in ARRAY_FIELDS:
            getattr(self, name).flags.writeable = False

    def __len__(self) -> int:
        return len(self.arrival_s)

    def __repr__(self) -> str:
        return f"ChargingSessions({len(self)} of {self.n_vehicles} vehicles, {self.content_hash[:12]})"

    # Scenarios are keys of caches: their hash must not pass over a million stays each time.
    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of everything in the table, in hexadecimal digits."""
        digest = hashlib.sha256()
        for name in ARRAY_FIELDS:
            digest.update(np.ascontiguousarray(getattr(self, name)).tobytes())
        digest.update(repr((self.vehicle_ids, self.evse_ids, self.specs)).encode())
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ChargingSessions) and self.content_hash == other.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)

    @property
    def n_vehicles(self) -> int:
        return len(self.spec)

    @cached_property
    def own_evse_vehicles(self) -> NDArray[np.int64]:
        """The vehicles with stays at no EVSE of the file: each of them has an EVSE of its own."""
        return np.unique(self.vehicle[self.evse < 0]).astype(np.int64)

    @property
    def n_evse(self) -> int:
        """Number of EVSEs: those of the file, and one for each vehicle with stays at none of them."""
        return len(self.evse_ids) + len(self.own_evse_vehicles)

    def find_span_s(self) -> tuple[int, int]:
        """Return the first arrival and the last departure [s since 1970, UTC]."""
        return int(self.arrival_s.min()), int(self.departure_s.max())

    @property
    def stay_h(self) -> Floats:
        """Length of each stay, (n,) [h]."""
        return (self.departure_s - self.arrival_s) / SECONDS_PER_H


class SessionsField:
    """Type of sessions in a dataclass: set from anything that `parse_sessions` takes, read as `ChargingSessions`."""

    def __get__(self, owner: object, cls: type) -> ChargingSessions | None: ...
    def __set__(self, owner: object, value: object) -> None: ...


def format_time(seconds: float) -> str:
    """Return a time [s since 1970, UTC] as ISO text to the minute."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M")


ARRAY_FIELDS = ("vehicle", "arrival_s", "departure_s", "energy_kwh", "soc", "target_soc", "evse", "spec")
DTYPES = {"vehicle": "<i4", "arrival_s": "<i8", "departure_s": "<i8", "evse": "<i4", "spec": "<i4"}


def pack_sessions(sessions: ChargingSessions | None) -> str:
    """Return sessions as a text that `parse_sessions` reads back equal, "" for None."""
    if sessions is None:
        return ""
    arrays = b"".join(getattr(sessions, name).astype(DTYPES.get(name, "<f8")).tobytes() for name in ARRAY_FIELDS)
    specs = [[getattr(spec, f.name) for f in fields(VehicleSpec)] for spec in sessions.specs]
    head = json.dumps([len(sessions), sessions.n_vehicles, sessions.vehicle_ids, sessions.evse_ids, specs]).encode()
    # Level 1: a million stays take a second, and the higher levels save little of numbers.
    return base64.b85encode(zlib.compress(len(head).to_bytes(8, "little") + head + arrays, 1)).decode()


@singledispatch
def parse_sessions(_value: object) -> ChargingSessions | None:
    """Return sessions from an external value; a higher layer registers tables of rows.

    Raises
    ------
    ValidationError
        With every issue.
    """
    raise ValidationError([NOT_SESSIONS])


@parse_sessions.register(type(None))
def _(value: None) -> None:
    return value


@parse_sessions.register
def _(value: ChargingSessions) -> ChargingSessions:
    return value


@parse_sessions.register
def _(value: str) -> ChargingSessions | None:
    if not value:
        return None
    # Bounded: a short text may decompress to any length.
    return unpack_sessions(value, max_bytes=MAX_PACKED_BYTES if len(value) > SHORT_TEXT else MAX_SHORT_BYTES)


def unpack_sessions(text: str, *, max_bytes: int) -> ChargingSessions:
    """Return the sessions of an untrusted text that holds at most some bytes.

    Raises
    ------
    ValidationError
        If the text is not one of `pack_sessions`, or holds more.
    """
    try:
        return _unpack(text, max_bytes)
    # Whatever a changed text may hold, it is not what `pack_sessions` returned.
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, zlib.error, binascii.Error):
        raise ValidationError([NOT_SESSIONS]) from None


def check_sessions(value: object) -> list[Issue]:
    """Return the issues of an external value that should be sessions."""
    try:
        parse_sessions(value)
    except ValidationError as error:
        return list(error.issues)
    return []


NOT_SESSIONS = Issue(
    "sessions",
    "must be charging sessions: read_sessions() reads a file, a table or a list; in TOML, sessions_file names a file",
)


def _unpack(text: Any, max_bytes: int) -> ChargingSessions:
    reader = zlib.decompressobj()
    content = reader.decompress(base64.b85decode(text), max_bytes)
    end = 8 + int.from_bytes(content[:8], "little")
    n, n_vehicles, vehicle_ids, evse_ids, specs = json.loads(content[8:end])
    arrays: dict[str, NDArray[Any]] = {}
    for name in ARRAY_FIELDS:
        dtype, size = np.dtype(DTYPES.get(name, "<f8")), n_vehicles if name == "spec" else n
        arrays[name] = np.frombuffer(content, dtype, size, end).copy()
        end += size * dtype.itemsize
    if not reader.eof or reader.unused_data or end != len(content):
        raise ValueError("not the whole text")
    sessions = ChargingSessions(
        **arrays,
        vehicle_ids=tuple(map(str, vehicle_ids)),
        evse_ids=tuple(map(str, evse_ids)),
        specs=tuple(VehicleSpec(str(model), *map(float, numbers)) for model, *numbers in specs),
    )
    if not _is_consistent(sessions):
        raise ValueError("inconsistent sessions")
    return sessions


def _is_consistent(sessions: ChargingSessions) -> bool:
    """Return whether the table holds together; a packed text may have been changed on its way."""
    indices = (
        (sessions.vehicle, 0, sessions.n_vehicles),
        (sessions.evse, -1, len(sessions.evse_ids)),
        (sessions.spec, 0, len(sessions.specs)),
    )
    return (
        len(sessions) > 0
        and len(sessions.vehicle_ids) == sessions.n_vehicles
        and all(((low <= values) & (values < high)).all() for values, low, high in indices)
        and bool((np.diff(sessions.arrival_s) >= 0).all())
        and bool((sessions.departure_s > sessions.arrival_s).all())
    )
