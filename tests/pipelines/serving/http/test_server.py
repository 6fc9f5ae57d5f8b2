"""The listening address: how many it takes, and how it ends."""

from __future__ import annotations

import socket

from tests.pipelines.serving.http.echo import read_answer, serving_echo
from tests.pipelines.serving.http.test_connection import GET, told
from tests.waiting import wait_for


def test_one_connection_too_many_is_turned_away() -> None:
    with serving_echo(maximum_connections=1) as echo, echo.connect() as first:
        first.sendall(GET % b"/x")
        assert told(read_answer(first.makefile("rb")))[1] == "/x"
        with echo.connect() as second:
            status, headers, _ = read_answer(second.makefile("rb"))
        assert (status, headers["retry-after"]) == (429, "1")


def test_a_replica_that_stops_answers_what_it_was_asked() -> None:
    with serving_echo() as echo, echo.connect() as busy, echo.connect() as idle:
        idle.sendall(GET % b"/x")
        idle_stream = idle.makefile("rb")
        assert told(read_answer(idle_stream))[1] == "/x"
        busy.sendall(GET % b"/later")
        wait_for(lambda: echo.asked[-1].target == b"/later", what="the request")
        assert echo.server is not None
        echo.loop.call_soon_threadsafe(echo.server.stop)
        assert idle_stream.read() == b""
        echo.loop.call_soon_threadsafe(echo.released.set)
        stream = busy.makefile("rb")
        answer = read_answer(stream)
        assert (told(answer)[1], answer[1]["connection"]) == ("/later", "close")
        assert stream.read() == b""


def test_when_it_has_stopped_nobody_is_let_in() -> None:
    with serving_echo() as echo:
        assert told(echo.exchange(GET % b"/x")[0])[1] == "/x"
    with socket.socket() as trial:
        assert trial.connect_ex(("127.0.0.1", echo.port)) != 0


def test_clients_that_are_gone_at_once_do_no_harm() -> None:
    with serving_echo() as echo:
        for _ in range(50):
            echo.connect().close()
        assert told(echo.exchange(GET % b"/x")[0])[1] == "/x"
        wait_for(lambda: echo.service is not None and len(echo.service.connections) == 0, what="their end")
