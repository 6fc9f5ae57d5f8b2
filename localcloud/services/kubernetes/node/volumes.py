"""Volumes as folders. A process sees this machine's files, so a mount must be somewhere that can be put elsewhere.

A container with mounts gets a copy of its image's files with the volumes linked in at their paths; paths in command,
args and env are rewritten to it. A mount at /tmp is TMPDIR. A mountPath that is neither inside the image's folders nor
named in command, args or env could only be reached as a path of this machine: it is refused. So is one that leads out
of the container's copy and the pod's volumes, by `..` or by a link.
"""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path, PurePosixPath

from localcloud.images.registry import Image
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.services.kubernetes.node.environment import ConfigurationError, values_of

KINDS = {"emptyDir", "configMap", "secret"}


def prepare(store: Store, pod: Object, container: Object, image: Image, folder: Path, texts: list[str]) -> Image:
    """The image as this container sees it; `folder` is the pod's, `texts` are its command, args and env values."""
    mounts = container.get("volumeMounts") or []
    if not mounts:
        return image
    rootfs = folder / "rootfs" / container["name"]
    if rootfs.exists():
        shutil.rmtree(rootfs)
    shutil.copytree(image.rootfs, rootfs, symlinks=True)
    paths, env = list(image.paths), dict(image.env)
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes") or []}
    for mount in sorted(mounts, key=lambda mount: mount["mountPath"]):  # one inside another comes after it
        path = str(PurePosixPath(mount["mountPath"]))
        _require_reachable(container, path, image, texts)
        source = _folder(store, pod, volumes[mount["name"]], folder / "volumes" / mount["name"])
        place = rootfs / path.lstrip("/")
        _require_inside(container, path, place, [rootfs, folder / "volumes"])
        _link(place, _source(mount, volumes[mount["name"]], source))
        paths.append(path)
        if path == "/tmp":
            env["TMPDIR"] = "/tmp"  # mapped to the volume with all other paths
    return dataclasses.replace(image, rootfs=str(rootfs), paths=paths, env=env)


def _link(place: Path, source: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(source)


def _leaves(path: str) -> bool:
    return ".." in PurePosixPath(path).parts or PurePosixPath(path).is_absolute()


def _require_inside(container: Object, path: str, place: Path, allowed: list[Path]) -> None:
    """What is at a mount's place is removed, so it has to be the container's own."""
    parent = place.parent.resolve()
    if ".." in PurePosixPath(path).parts or not any(parent.is_relative_to(own.resolve()) for own in allowed):
        message = f"mountPath {path} of container {container['name']} leads out of the container"
        raise ConfigurationError(message, "FailedMount")


def _source(mount: Object, volume: Object, folder: Path) -> Path:
    """The folder or file that a mount shows: its volume's, or what `subPath` names in it."""
    part = mount.get("subPath")
    if not part:
        return folder
    source = folder / part
    if _leaves(part) or not source.resolve().is_relative_to(folder.resolve()):
        raise ConfigurationError(f"volume {volume['name']}: subPath {part} leaves it", "FailedMount")
    if not source.exists():
        if "emptyDir" not in volume:
            raise ConfigurationError(f"volume {volume['name']} has no subPath {part}", "FailedMount")
        source.mkdir(parents=True)
    return source


def _require_reachable(container: Object, path: str, image: Image, texts: list[str]) -> None:
    folders = [known for known in image.paths if known != "/"]
    inside = any(PurePosixPath(path).is_relative_to(known) for known in folders)
    if not inside and path != "/tmp" and not any(path in text for text in texts):
        known = ", ".join(folders) or "none"
        message = (
            f"mountPath {path} of container {container['name']} is neither inside the image's folders ({known}) nor "
            f"/tmp, and command, args and env don't name it: a process here would not find it"
        )
        raise ConfigurationError(message, "FailedMount")


def _folder(store: Store, pod: Object, volume: Object, folder: Path) -> Path:
    kinds = [kind for kind in volume if kind != "name"]
    if not set(kinds) <= KINDS:
        supported = ", ".join(sorted(KINDS))
        message = f"volume {volume['name']} is of kind {', '.join(kinds)}: supported are {supported}"
        raise ConfigurationError(message, "FailedMount")
    folder.mkdir(parents=True, exist_ok=True)
    for kind, resource in (("configMap", "configmaps"), ("secret", "secrets")):
        if kind in volume:
            values = values_of(store, resource, pod["metadata"]["namespace"], volume[kind]) or {}
            listed = volume[kind].get("items") or [{"key": key, "path": key} for key in values]
            for item in listed:
                if item["key"] not in values:
                    raise ConfigurationError(f"{kind} volume {volume['name']} has no key {item['key']}", "FailedMount")
                path = folder / item["path"]
                if _leaves(item["path"]):
                    raise ConfigurationError(f"volume {volume['name']}: path {item['path']} leaves it", "FailedMount")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(values[item["key"]])
    return folder
