"""Arrays as bytes: whatever their type and shape, they come back as they were, and as the caller's own."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ev2gym_dashboard.service.sessions.array_codec import decode_arrays, encode_arrays

TYPES = st.sampled_from([np.float64, np.float32, np.int64, np.int8, np.uint8, np.bool_])
ARRAYS = hnp.arrays(TYPES, hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=4))


@given(st.dictionaries(st.text(max_size=8), ARRAYS, max_size=5))
def test_arrays_come_back_with_their_type_and_shape(arrays: dict[str, np.ndarray]) -> None:
    back = decode_arrays(encode_arrays(arrays))
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        assert (back[name].dtype, back[name].shape) == (array.dtype, array.shape)
        assert back[name].tobytes() == array.tobytes()


def test_what_comes_back_can_be_written_to() -> None:
    back = decode_arrays(encode_arrays({"soc": np.zeros(3)}))
    back["soc"][1] = 0.5
    assert back["soc"].tolist() == [0.0, 0.5, 0.0]
