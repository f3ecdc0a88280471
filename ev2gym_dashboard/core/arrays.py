"""Array types: one alias per role of an array, whose dtype it fixes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

Rows = NDArray[np.int32]
"""Rows of vehicles in the fleet's arrays."""
Steps = NDArray[np.int32]
"""Steps, or ticks counted over several days."""
Ticks = NDArray[np.uint16]
"""Ticks after midnight of a day, see `core.fleet.arrivals`."""
Counts = NDArray[np.int64]
Indices = NDArray[np.intp]
"""Positions in another array, in the type in which NumPy returns them."""
Booleans = NDArray[np.bool_]

Evses = NDArray[np.int32]
"""EVSEs of a site, numbered from 0; `NO_EVSE` is none."""
NO_EVSE = -1
Kinds = NDArray[np.uint8]
"""Kinds of EVSEs; 0 is none."""
Reasons = NDArray[np.uint8]
"""Codes of `Reason`."""
CodeOffsets = NDArray[np.uint16]
"""Offsets of the codes with the targets of given stays; 0 for drawn ones."""
Codes = NDArray[np.intp] | NDArray[np.uint16]
"""Codes of a vehicle model at a kind of EVSE, see `Ratings`; 16 bits in the fleet, wider once gathered."""
