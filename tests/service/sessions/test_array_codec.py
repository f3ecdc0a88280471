"""Binary encoding of arrays: type, shape and values survive, in writable copies."""

import tracemalloc

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


def test_arrays_whose_values_lie_apart_are_encoded_in_their_order() -> None:
    table = np.arange(12).reshape(3, 4)
    decoded = decode_arrays(encode_arrays({"transposed": table.T, "every second": table[:, ::2]}))
    assert decoded["transposed"].tolist() == table.T.tolist()
    assert decoded["every second"].tolist() == [[0, 2], [4, 6], [8, 10]]


def test_arrays_are_in_the_memory_once_more_while_they_are_encoded() -> None:
    arrays = {f"soc {k}": np.zeros(10_000) for k in range(10)}
    tracemalloc.start()
    encoded = encode_arrays(arrays)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 1.1 * len(encoded)
