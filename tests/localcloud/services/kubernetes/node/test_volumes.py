"""What a container sees of its volumes, and what its mounts may touch of this machine's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.images.registry import Image
from localcloud.services.kubernetes.api.store import Store
from localcloud.services.kubernetes.node import volumes
from localcloud.services.kubernetes.node.environment import ConfigurationError
from tests.localcloud.services.kubernetes.bodies import config_map, shell
from tests.localcloud.services.kubernetes.kube import Kube


class Machine:
    """An image with the folder /app, a pod with the volumes v and w (emptyDir), and somebody's folder beside them."""

    def __init__(self, folder: Path) -> None:
        self.store, self.pod_folder = Store(folder / "objects.db"), folder / "pod"
        self.image = Image("app", rootfs=str(folder / "image"), paths=["/app"])
        (folder / "image" / "app").mkdir(parents=True)
        self.precious = folder / "home" / "precious"
        self.precious.mkdir(parents=True)
        (self.precious / "file").write_text("mine")

    def prepare(self, *mounts: dict[str, Any]) -> Path:
        """Mount; the container's copy of the image's files."""
        named = [{"name": name, "emptyDir": {}} for name in ("v", "w")]
        pod = {"metadata": {"namespace": "default"}, "spec": {"volumes": named}}
        container = {"name": "main", "volumeMounts": [{"name": "v", **mount} for mount in mounts]}
        return Path(volumes.prepare(self.store, pod, container, self.image, self.pod_folder, []).rootfs)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def refused(machine: Machine, message: str, *mounts: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        machine.prepare(*mounts)
    assert caught.value.reason == "FailedMount"
    assert (machine.precious / "file").read_text() == "mine"


def test_a_path_with_dots_removes_nothing(machine: Machine) -> None:
    path = "/app" + "/.." * 40 + str(machine.precious)
    refused(machine, "leads out of the container", {"mountPath": path})


def test_a_link_of_the_image_removes_nothing(machine: Machine) -> None:
    (Path(machine.image.rootfs) / "app" / "home").symlink_to(machine.precious.parent)
    refused(machine, "leads out of the container", {"mountPath": "/app/home/precious"})
    replaced = machine.prepare({"mountPath": "/app/home"})
    assert (replaced / "app" / "home").resolve() == machine.pod_folder / "volumes" / "v"
    assert (machine.precious / "file").read_text() == "mine"


def test_a_link_that_the_container_made_removes_nothing(machine: Machine) -> None:
    machine.prepare({"mountPath": "/app/v"})
    (machine.pod_folder / "volumes" / "v" / "home").symlink_to(machine.precious.parent)
    inner = {"name": "w", "mountPath": "/app/v/home/precious"}
    refused(machine, "leads out of the container", {"mountPath": "/app/v"}, inner)
    refused(machine, "subPath home/precious leaves it", {"mountPath": "/app/v", "subPath": "home/precious"})


def test_an_inner_mount_lies_in_the_outer_one_in_any_order_and_at_every_start(machine: Machine) -> None:
    inner, outer = {"name": "w", "mountPath": "/app/v/w"}, {"mountPath": "/app/v"}
    rootfs = machine.prepare(inner, outer)
    (rootfs / "app/v/w/file").write_text("inner")
    (rootfs / "app/v/file").write_text("outer")
    again = machine.prepare(outer, inner)
    assert ((again / "app/v/w/file").read_text(), (again / "app/v/file").read_text()) == ("inner", "outer")
    assert (machine.pod_folder / "volumes/w/file").read_text() == "inner"


def test_a_part_of_a_configuration_that_is_not_there_is_refused(machine: Machine) -> None:
    machine.store.create("configmaps", {"metadata": {"namespace": "default", "name": "c"}, "data": {"there": "1"}})
    pod = {"metadata": {"namespace": "default"}, "spec": {"volumes": [{"name": "c", "configMap": {"name": "c"}}]}}
    container = {"name": "main", "volumeMounts": [{"name": "c", "mountPath": "/app/c", "subPath": "missing"}]}
    with pytest.raises(ConfigurationError, match="volume c has no subPath missing"):
        volumes.prepare(machine.store, pod, container, machine.image, machine.pod_folder, [])
    container["volumeMounts"][0]["subPath"] = "there"
    seen = volumes.prepare(machine.store, pod, container, machine.image, machine.pod_folder, [])
    assert (Path(seen.rootfs) / "app/c").read_text() == "1"


def test_volumes(kube: Kube, namespace: str) -> None:
    kube.configure(namespace, config_map("files", **{"a.txt": "from a map"}))
    script = "cat config/a.txt /app/config/a.txt && echo x > $SCRATCH/x && cat /scratch/x && echo $TMPDIR && ls"
    mounts = [
        {"name": "files", "mountPath": "/app/config"},
        {"name": "scratch", "mountPath": "/scratch"},
        {"name": "scratch", "mountPath": "/tmp"},
    ]
    body = shell("mounted", script, volumeMounts=mounts, env=[{"name": "SCRATCH", "value": "/scratch"}])
    body["spec"]["volumes"] = [{"name": "files", "configMap": {"name": "files"}}, {"name": "scratch", "emptyDir": {}}]
    kube.start(namespace, body)
    kube.phase(namespace, "mounted", "Succeeded")
    lines = kube.log(namespace, "mounted").splitlines()
    assert lines[0] == "from a mapfrom a mapx"
    assert lines[1].endswith("/tmp")
    assert lines[2:] == ["config", "server.py"]


@pytest.mark.parametrize(
    ("volume", "mount", "message"),
    [
        (
            {"emptyDir": {}},
            {"mountPath": "/data"},
            "mountPath /data of container main is neither inside the image's folders (/app, /app/server.py) nor /tmp, "
            "and command, args and env don't name it: a process here would not find it",
        ),
        (
            {"hostPath": {"path": "/etc"}},
            {"mountPath": "/app/x"},
            "volume v is of kind hostPath: supported are configMap, emptyDir, secret",
        ),
        (
            {"emptyDir": {}},
            {"mountPath": "/app/../../x"},
            "mountPath /app/../../x of container main leads out of the container",
        ),
        ({"emptyDir": {}}, {"mountPath": "/app/x", "subPath": "../other"}, "volume v: subPath ../other leaves it"),
        ({"emptyDir": {}}, {"mountPath": "/app/x", "subPath": "/etc"}, "volume v: subPath /etc leaves it"),
    ],
)
def test_mounts_that_could_not_be_seen_or_lead_out_are_refused(
    kube: Kube, namespace: str, volume: dict[str, Any], mount: dict[str, Any], message: str
) -> None:
    body = shell("outside", "true", volumeMounts=[{"name": "v", **mount}])
    body["spec"]["volumes"] = [{"name": "v", **volume}]
    kube.start(namespace, body)
    assert kube.event(namespace, "FailedMount") == message


def test_parts_of_volumes(kube: Kube, namespace: str) -> None:
    mounts = [
        {"name": "v", "mountPath": "/app/outer/inner", "subPath": "second"},
        {"name": "v", "mountPath": "/app/outer", "subPath": "first/part"},
    ]
    body = shell("parts", "echo one > outer/inner/file && cat /app/outer/inner/file && ls outer", volumeMounts=mounts)
    body["spec"]["volumes"] = [{"name": "v", "emptyDir": {}}]
    kube.start(namespace, body)
    kube.phase(namespace, "parts", "Succeeded")
    assert kube.log(namespace, "parts") == "one\ninner\n"
