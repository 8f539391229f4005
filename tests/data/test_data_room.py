from __future__ import annotations

import socket
import subprocess
import sys

import pytest

import pellucid.data


def test_every_public_name_is_there_and_stays_what_it_is():
    for name in pellucid.data.__all__:
        first = getattr(pellucid.data, name)
        assert getattr(pellucid.data, name) is first
    assert callable(pellucid.data.record)  # and not a module of the same name
    with pytest.raises(AttributeError, match="no attribute 'recrod'"):
        _ = pellucid.data.recrod


def test_actions_are_had_without_torch():
    code = "import sys, pellucid.data.actions, pellucid.data; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 80)])
def test_tests_cannot_reach_the_network(address):
    with socket.socket() as made, pytest.raises(RuntimeError, match="reached for the network"):
        made.connect(address)


def test_tests_can_reach_this_machine():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
