"""Names of clients: an address, and of IPv6 the network that one client is given."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.service.runtime.client_name import make_client_name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("unix:", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_client_is_named_by_its_address(address: str | None, name: str) -> None:
    assert make_client_name(address) == name
