"""What a process is told of its port, where its pod shares one address with all others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.images.registry import Process
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.node.environment import ConfigurationError
from localcloud.services.kubernetes.node.ports import require_told, teller

OWN_ADDRESS = {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
CONTAINER: Object = {"name": "main", "env": [OWN_ADDRESS], "ports": [{"containerPort": 8080, "hostPort": 21000}]}
SIDECAR: Object = {"name": "sidecar", "ports": [{"containerPort": 9090, "hostPort": 21001}]}


def pod(address: str = "127.0.0.1") -> Object:
    status = {"podIP": address, "hostIP": "127.0.0.1"}
    return {"spec": {"initContainers": [SIDECAR], "containers": [CONTAINER]}, "status": status}


@pytest.mark.parametrize(
    "text",
    [
        "8080", "--port=8080", "--port 8080", ":8080", "0.0.0.0:8080", "[::]:8080", "*:8080", "tcp://:8080", "a,8080",
        "http://localhost:8080/healthz", "curl -s 127.0.0.1:8080", '{"port": 8080}', "'8080'", "8080/tcp", "8080:tcp",
        "$(POD_IP):8080", "$POD_IP:8080", "${POD_IP}:8080",
    ],
)  # fmt: skip
def test_a_port_of_its_own_is_replaced_wherever_it_stands(text: str) -> None:
    assert teller(pod(), CONTAINER)(text) == text.replace("8080", "21000")


@pytest.mark.parametrize(
    "text",
    [
        "other:8080", "http://api.example.com:8080", "$(API_HOST):8080", "${API_HOST}:8080", "[2001:db8::1]:8080",
        "10.0.0.1:8080", "my-localhost:8080", "18080", "80801", "8080ms", "8080.5", "1.8080", "-8080", "v8080", "",
    ],
)  # fmt: skip
def test_another_s_port_and_other_numbers_stay(text: str) -> None:
    assert teller(pod(), CONTAINER)(text) == text


def test_a_neighbour_in_the_same_pod_is_found_at_its_port() -> None:
    assert teller(pod(), CONTAINER)("--metrics=localhost:9090 --port=8080") == "--metrics=localhost:21001 --port=21000"


def test_a_pod_with_an_address_of_its_own_has_its_own_ports() -> None:
    assert teller(pod("127.20.1.2"), CONTAINER)("--port=8080") == "--port=8080"


@pytest.mark.parametrize(("argv", "env"), [(["serve", "--port=21000"], {}), (["serve"], {"PORT": "21000"})])
def test_a_process_that_hears_of_its_port_may_run(argv: list[str], env: dict[str, Any]) -> None:
    require_told(pod(), CONTAINER, Process(argv, env, Path()))


def test_a_process_that_can_not_be_told_its_port_is_refused() -> None:
    process = Process(["serve"], {"METRICS": "localhost:21001"}, Path())
    with pytest.raises(ConfigurationError) as caught:
        require_told(pod(), CONTAINER, process)
    assert str(caught.value) == (
        "containerPort 8080 of container main is named in no command, args or env: its process can't be told its port "
        "on this machine, whose pods share one address"
    )
    require_told(pod("127.20.1.2"), CONTAINER, process)
