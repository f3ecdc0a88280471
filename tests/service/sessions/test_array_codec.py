"""Binary encoding of arrays: type, shape and values survive, in writable copies."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ev2gym_dashboard.service.sessions.array_codec import decode_arrays, encode_arrays

TYPES = st.sampled_from([np.float64, np.float32, np.int64, np.int8, np.uint8, np.bool_])
ARRAYS = hnp.arrays(TYPES, hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=4))


@given(st.dictionaries(st.text(max_size=8), ARRAYS, max_size=5))
def test_arrays_come_back_with_their_type_and_shape(arrays: dict[str, np.ndarray]) -> None:
    decoded = decode_arrays(encode_arrays(arrays))
    assert list(decoded) == list(arrays)
    for name, array in arrays.items():
        assert (decoded[name].dtype, decoded[name].shape) == (array.dtype, array.shape)
        assert decoded[name].tobytes() == array.tobytes()


def test_decoded_arrays_are_writable() -> None:
    decoded = decode_arrays(encode_arrays({"soc": np.zeros(3)}))
    decoded["soc"][1] = 0.5
    assert decoded["soc"].tolist() == [0.0, 0.5, 0.0]
