"""Container images of the local cloud: a Dockerfile's files and process settings, run by this machine's Python.

There is no container engine below this. COPY puts files into a folder (`rootfs`); ENV, WORKDIR, ENTRYPOINT, CMD are
kept. FROM's base and RUN are skipped: the machine's virtual environment stands for what they install. `Image.skipped`
lists each instruction that was skipped so. What can't be honoured is refused with the Dockerfile's file:line.

Below cloud.folder("images"): `<digest>/image.json`, `<digest>/rootfs/`, and `references/<reference>.json` naming a
digest. A digest's folder never changes once it is there, so a new build of a reference leaves the processes of the
old one alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from dataclasses import asdict
from pathlib import Path

from localcloud.files import quoted, write_atomic
from localcloud.images.build import Build
from localcloud.images.dockerfile import DockerfileError, parse
from localcloud.images.image import Image, ImageError, Process
from localcloud.settings import LocalCloud

__all__ = ["DockerfileError", "Image", "ImageError", "Process", "build", "resolve"]

REFERENCE = re.compile(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?(@sha256:[0-9a-f]{64})?$")


def build(
    dockerfile: Path, context: Path, reference: str, cloud: LocalCloud, arguments: dict[str, str] | None = None
) -> Image:
    """Build `reference` from a Dockerfile; `arguments` are ARG values. The same files give the same digest.

    FROM's base and RUN are skipped: the machine's virtual environment stands for what they install.
    Raises DockerfileError (file:line: what) for what can't be honoured, ImageError for a bad reference.
    """
    name = _normalised(reference)
    if "@" in name:
        raise ImageError(f"{reference}: a digest can't be built, only a name with a tag")
    if not context.is_dir():
        raise ImageError(f"build context {context} is not a folder")
    folder = cloud.folder("images")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as temporary:
        image = Build(parse(dockerfile), context.resolve(), Path(temporary), arguments or {}).run(name)
        rootfs = Path(image.rootfs)
        image.digest = _digest(rootfs, image)
        final = folder / image.digest.removeprefix("sha256:")
        image.rootfs = str(final / "rootfs")
        if not final.exists():
            staged = Path(temporary) / "final"
            staged.mkdir()
            rootfs.rename(staged / "rootfs")
            write_atomic(staged / "image.json", json.dumps(asdict(image), indent=1).encode())
            staged.rename(final)
    write_atomic(_reference_file(folder, name), json.dumps({"digest": image.digest}).encode())
    return image


def resolve(reference: str, cloud: LocalCloud) -> Image:
    """The image of a reference (`name[:tag]` or `name@sha256:...`); ImageError if it was never built here."""
    name = _normalised(reference)
    folder = cloud.folder("images")
    try:
        _, at, digest = name.partition("@")
        digest = digest if at else json.loads(_reference_file(folder, name).read_bytes())["digest"]
        record = json.loads((folder / digest.removeprefix("sha256:") / "image.json").read_bytes())
    except FileNotFoundError:
        raise ImageError(
            f"image {reference} is not in this local cloud: build it with localcloud build -f Dockerfile "
            f"-t {reference} CONTEXT"
        ) from None
    rootfs = folder / digest.removeprefix("sha256:") / "rootfs"
    return Image(**{**record, "reference": reference, "rootfs": str(rootfs)})


def _normalised(reference: str) -> str:
    if not REFERENCE.fullmatch(reference):
        raise ImageError(f"{reference!r} is not an image reference: write NAME:TAG in lower case")
    last = reference.rpartition("/")[2]
    return reference if ":" in last or "@" in last else f"{reference}:latest"


def _reference_file(folder: Path, name: str) -> Path:
    return folder / "references" / f"{quoted(name)}.json"


def _digest(rootfs: Path, image: Image) -> str:
    settings = {key: value for key, value in asdict(image).items() if key not in {"reference", "digest", "rootfs"}}
    total = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for path in sorted(rootfs.rglob("*")):
        kind = path.readlink() if path.is_symlink() else oct(path.stat().st_mode)
        total.update(f"\0{path.relative_to(rootfs)}\0{kind}\0".encode())
        if path.is_file() and not path.is_symlink():
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return f"sha256:{total.hexdigest()}"
