"""Volumes as folders. A process sees this machine's files, so a mount must be somewhere that can be put elsewhere.

A container with mounts gets a copy of its image's files with the volumes linked in at their paths; paths in command,
args and env are rewritten to it. A mount at /tmp is TMPDIR. A mountPath that is neither inside the image's folders nor
named in command, args or env could only be reached as a path of this machine: it is refused.
"""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path, PurePosixPath

from localcloud.images import Image
from localcloud.services.kubernetes.node.environment import ConfigurationError, values_of
from localcloud.services.kubernetes.store import Object, Store

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
    for mount in mounts:
        path = str(PurePosixPath(mount["mountPath"]))
        _require_reachable(container, path, image, texts)
        source = _folder(store, pod, volumes[mount["name"]], folder / "volumes" / mount["name"])
        place = rootfs / path.lstrip("/")
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(source / mount["subPath"] if mount.get("subPath") else source)
        paths.append(path)
        if path == "/tmp":
            env["TMPDIR"] = "/tmp"  # mapped to the volume with all other paths
    return dataclasses.replace(image, rootfs=str(rootfs), paths=paths, env=env)


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
                if ".." in PurePosixPath(item["path"]).parts or PurePosixPath(item["path"]).is_absolute():
                    raise ConfigurationError(f"volume {volume['name']}: path {item['path']} leaves it", "FailedMount")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(values[item["key"]])
    return folder
