"""Profile: a user-defined series of equal steps, either dated or of typical days that repeat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY, check_time, parse_time
from ev2gym_dashboard.core.schema import Issue, ValidationError, format_value

MAX_PROFILE_VALUES = 366 * MINUTES_PER_DAY
STORED_FIELDS = ("start", "step_min", "values")
DayProfiles = Sequence[Sequence[float]]
TIME_INDEX_KINDS = "MO"
"""NumPy's kinds of a time index: its own times, and the objects that pandas has for times with a zone."""


@dataclass(frozen=True, repr=False)
class Profile:
    """A series of equal steps; a value holds over its step.

    Parameters
    ----------
    content : the values as bytes of float64, which are compared and hashed faster than a tuple of a year
    step_min : length of a step; divides a day [min]
    start : start of the first step, aware, in UTC; None for whole days without a date, which repeat one after the other
        from the day on which a run starts
    """

    content: bytes = b""
    step_min: int = 60
    start: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.content)

    def __repr__(self) -> str:
        if not self:
            return "Profile()"
        values = self.values
        first = f"from {self.start:%Y-%m-%dT%H:%M}Z, " if self.start else ""
        steps = f"{len(values)} steps of {self.step_min} min"
        return f"<Profile: {first}{steps}, {values.min():g} to {values.max():g}>"

    @property
    def values(self) -> Floats:
        """The values, (n,), read-only."""
        return np.frombuffer(self.content)

    @property
    def end(self) -> datetime | None:
        """End of the last step; None for days without a date."""
        return self.start and self.start + timedelta(minutes=self.step_min * len(self.values))

    @property
    def steps_per_day(self) -> int:
        return MINUTES_PER_DAY // self.step_min

    @property
    def n_days(self) -> int:
        """Number of days, the first and the last one counted even if only a part of them is covered."""
        first_min = self.start.hour * 60 + self.start.minute if self.start else 0
        return math.ceil((first_min + self.step_min * len(self.values)) / MINUTES_PER_DAY)

    @property
    def length_days(self) -> float:
        """Time that the values cover [d]."""
        return self.step_min * len(self.values) / MINUTES_PER_DAY

    @property
    def days(self) -> Floats:
        """The values of days without a date, (days, steps_per_day), read-only."""
        return self.values.reshape(-1, self.steps_per_day)

    def scaled(self, factor: float) -> Profile:
        """Return the profile with all values multiplied."""
        return replace(self, content=(self.values * factor).tobytes())

    def rotated(self, n_days: int) -> Profile:
        """Return the profile for a run that starts ``n_days`` later; one with dates keeps them."""
        if self.start or not self:
            return self
        return replace(self, content=np.roll(self.days, -n_days, axis=0).tobytes())


NO_PROFILE = Profile()


class ProfileField:
    """Type of a profile in a dataclass: set from anything that `parse_profile_value` takes, read as a `Profile`."""

    def __get__(self, owner: object, cls: type) -> Profile: ...  # type: ignore[empty-body]
    def __set__(self, owner: object, value: object) -> None: ...


def make_profile(values: Floats, *, step_min: int, start: datetime | None = None) -> Profile:
    """Return the profile of valid values, (n,); an aware ``start`` is kept in UTC."""
    utc_start = start.astimezone(UTC) if start else None
    # Adding zero turns -0.0 into 0.0: equal values have equal bytes.
    return Profile((np.asarray(values, dtype=np.float64) + 0.0).tobytes(), step_min, utc_start)


def parse_profile_value(value: object) -> Profile:
    """Return the profile of an external value.

    Parameters
    ----------
    value : a `Profile`, its stored form, the values of one day, days of equal steps, an array of either, or a pandas
        Series; with a time index it is dated, and a time without a zone counts as UTC

    Raises
    ------
    ValidationError
        With one issue, whose field is "profile".
    """
    if isinstance(value, Profile):
        return value
    if isinstance(value, Mapping):
        return _parse_stored(value)
    times = _read_time_index(value)
    return _parse_days(value) if times is None else _parse_time_series(times, value)


def serialize_profile(profile: Profile) -> list[list[float]] | dict[str, Any]:
    """Return a profile as JSON values: a list of days, or the first time, the step and the values of dated ones."""
    if not profile.start:
        return profile.days.tolist() if profile else []
    start = f"{profile.start:%Y-%m-%dT%H:%M}"
    return {"start": start, "step_min": profile.step_min, "values": profile.values.tolist()}


def check_profile(name: str, value: object, *, low: float, high: float) -> list[Issue]:
    """Return an issue if a value is no profile, or has a number outside its bounds (both included)."""
    try:
        values = parse_profile_value(value).values
    except ValidationError as error:
        return [replace(issue, field=name) for issue in error.issues]
    # Negated, so that NaN is refused.
    if not np.all((low <= values) & (values <= high)):
        return [Issue(name, "must be from {low} to {high}", (("low", low), ("high", high)))]
    return []


def _parse_stored(stored: Mapping[Any, object]) -> Profile:
    if set(stored) != set(STORED_FIELDS):
        raise _refuse(_make_issue("profile", "must have exactly {names}", names=", ".join(STORED_FIELDS)))
    start, step_min = stored["start"], stored["step_min"]
    if issues := check_time("profile", start):
        raise ValidationError(issues)
    if not isinstance(step_min, int) or not 0 < step_min <= MINUTES_PER_DAY or MINUTES_PER_DAY % step_min:
        raise _refuse(
            _make_issue("profile", "must have steps that divide a day of 1440 minutes, not {value}", value=step_min)
        )
    return make_profile(_parse_row(stored["values"]), step_min=step_min, start=parse_time(str(start)))


def _read_time_index(value: object) -> NDArray[np.datetime64] | None:
    """Return the times of a series, in UTC; None for another index, such as the numbers of the rows."""
    index: Any = getattr(value, "index", None)
    # Lists have a method of this name.
    if not hasattr(index, "to_numpy") or np.asarray(index[:1]).dtype.kind not in TIME_INDEX_KINDS:
        return None
    try:
        times: NDArray[np.datetime64] = index.to_numpy(dtype="datetime64[ns]")
    except (TypeError, ValueError):
        return None
    return times


def _parse_time_series(times: NDArray[np.datetime64], values: object) -> Profile:
    if np.isnat(times).any() or len(times) < 2:
        raise _refuse(_make_issue("profile", "must have a time for every value, and at least two"))
    minutes = times.astype("datetime64[m]")
    steps = np.diff(minutes).astype(np.int64)
    step_min = int(steps[0])
    if not np.all(steps == step_min) or step_min <= 0 or MINUTES_PER_DAY % step_min:
        row = int(np.argmax(steps != step_min))
        raise _refuse(
            _make_issue(
                "profile",
                "must have a time index of equal steps that divide a day; {time} follows {before}",
                time=str(minutes[row + 1]),
                before=str(minutes[row]),
            )
        )
    return make_profile(_parse_row(np.asarray(values).squeeze()), step_min=step_min, start=parse_time(str(minutes[0])))


def _parse_days(value: object) -> Profile:
    is_sequence = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    if not is_sequence and not hasattr(value, "__array__"):
        raise _refuse(
            _make_issue(
                "profile", "must be a list of days, an array or a series with a time index, not {value}", value=value
            )
        )
    rows = list(value)  # type: ignore[call-overload]
    if not rows:
        return NO_PROFILE
    # A list of numbers is one day.
    is_nested = all(isinstance(row, Sequence) or getattr(row, "ndim", 0) > 0 for row in rows)
    days = [_parse_row(row) for row in (rows if is_nested else [rows])]
    if not all(len(day) > 0 and MINUTES_PER_DAY % len(day) == 0 for day in days):
        raise _refuse(_make_issue("profile", "must have days of equal steps that divide a day"))
    per_day = math.lcm(*map(len, days))
    values = np.concatenate([np.repeat(day, per_day // len(day)) for day in days])
    return make_profile(values, step_min=MINUTES_PER_DAY // per_day)


def _parse_row(row: object) -> Floats:
    """Return numbers as an array, (n,)."""
    numbers = row if isinstance(row, Sequence) or hasattr(row, "__array__") else [row]
    try:
        values = np.asarray(numbers)
    except ValueError:
        raise _refuse(_make_issue("profile", "must be numbers")) from None
    if values.ndim != 1 or (values.dtype.kind not in "iuf" and values.size) or values.size > MAX_PROFILE_VALUES:
        raise _refuse(_make_issue("profile", "must be numbers"))
    return values.astype(np.float64)


def _make_issue(name: str, template: str, **values: object) -> Issue:
    return Issue(name, template, tuple((key, format_value(value)) for key, value in values.items()))


def _refuse(issue: Issue) -> ValidationError:
    return ValidationError([issue])
