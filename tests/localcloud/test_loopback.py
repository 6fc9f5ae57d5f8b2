"""Which addresses can be listened on."""

from __future__ import annotations

import errno
import socket

import pytest

from localcloud.loopback import is_free, listen


def test_an_address_is_free_until_a_program_listens_there() -> None:
    with listen(("127.0.0.1", 0)) as first:
        address = first.getsockname()
        assert not is_free(address)
        with pytest.raises(OSError, match="in use") as caught:
            listen(address)
        assert caught.value.errno == errno.EADDRINUSE
    assert is_free(address)


def test_a_program_that_listens_everywhere_has_this_address_too() -> None:
    with socket.create_server(("", 0)) as everywhere:
        assert not is_free(("127.0.0.1", everywhere.getsockname()[1]))


def test_another_machine_s_address_is_not_free() -> None:
    assert not is_free(("192.0.2.1", 8080))
