"""COPY of an image build: which files of the context (or of another stage) go where in the rootfs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from localcloud.images.dockerfile import Instruction
from localcloud.images.image import Image

# Folders a real image shares with its base: only what was copied into them is the image's own.
SHARED = {PurePosixPath(path) for path in (
    "/", "/bin", "/etc", "/home", "/lib", "/opt", "/root", "/sbin", "/srv", "/tmp", "/usr", "/usr/bin", "/usr/lib",
    "/usr/local", "/usr/local/bin", "/usr/local/lib", "/usr/share", "/usr/src", "/var", "/var/lib", "/dev", "/proc",
)}  # fmt: skip
HONOURED_FLAGS = {"from", "chown", "chmod", "link"}
DERIVED = {"__pycache__"}  # differs with who ran what, and would change the digest of unchanged code


def copy_into(image: Image, instruction: Instruction, context: Path, stage: Image | None) -> list[str]:
    """Perform one COPY; returns the in-image paths that are now the image's own.

    With `stage`, a source that this stage lacks came from its base or a RUN: nothing is copied, the list is empty.
    """
    words = instruction.words()
    unknown = set(instruction.flags) - HONOURED_FLAGS
    if unknown:
        raise instruction.refuse(f"--{min(unknown)} is not supported")
    if len(words) < 2:
        raise instruction.refuse("needs a source and a target")
    *sources, target = words
    root = Path(stage.rootfs) if stage else context
    ignored = (lambda path: False) if stage else _ignored(context)
    found = [path for source in sources for path in _matches(instruction, source, root, ignored, stage is not None)]
    if len(found) > 1 and not target.endswith("/") and target not in {".", ".."}:
        raise instruction.refuse(f"several sources need a folder as target: write {target}/")
    into = PurePosixPath(image.workdir) / target
    as_folder = target.endswith(("/", "/.")) or target in {".", ".."} or image.path(target).is_dir()
    owned: list[str] = []
    for path in found:
        if path.is_dir():
            owned += _copy_folder(path, root, into, image, ignored)
        else:
            place = into / path.name if as_folder else into
            image.path(str(place)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, image.path(str(place)), follow_symlinks=False)
            owned.append(str(place))
    if found and (as_folder or found[0].is_dir()) and into not in SHARED:
        owned.append(str(into))
    if "chmod" in instruction.flags:
        _change_mode(instruction, [image.path(path) for path in owned])
    return owned


def _matches(
    instruction: Instruction, source: str, root: Path, ignored: Callable[[PurePosixPath], bool], from_stage: bool
) -> list[Path]:
    relative = source.lstrip("/").rstrip("/") or "."
    if ".." in PurePosixPath(relative).parts:
        raise instruction.refuse(f"{source} is outside the build context")
    if re.search(r"[*?\[]", relative):
        found = sorted(root.glob(relative))
    else:
        found = [root / relative] if (root / relative).exists() else []
    kept = [path for path in found if not ignored(PurePosixPath(path.relative_to(root)))]
    if not kept and not from_stage:
        why = "left out by .dockerignore" if found else f"not in the build context {root}"
        raise instruction.refuse(f"{source} is {why}")
    return kept


def _copy_folder(
    folder: Path, root: Path, into: PurePosixPath, image: Image, ignored: Callable[[PurePosixPath], bool]
) -> list[str]:
    def left_out(where: str, names: list[str]) -> list[str]:
        return [
            name for name in names if name in DERIVED or ignored(PurePosixPath(Path(where).relative_to(root)) / name)
        ]

    place = image.path(str(into))
    before = set(place.iterdir()) if place.is_dir() else set()
    shutil.copytree(folder, place, symlinks=True, dirs_exist_ok=True, ignore=left_out)
    return [str(into / path.name) for path in sorted(set(place.iterdir()) - before)] if into in SHARED else []


def _change_mode(instruction: Instruction, paths: list[Path]) -> None:
    text = instruction.flags["chmod"]
    if not re.fullmatch(r"0?[0-7]{3}", text):
        raise instruction.refuse(f"--chmod={text} is not an octal mode such as 755")
    for path in paths:
        for entry in [path, *path.rglob("*")]:
            entry.chmod(int(text, 8))


def _ignored(context: Path) -> Callable[[PurePosixPath], bool]:
    """Whether .dockerignore leaves a path out; the last pattern that fits it or a folder above it decides."""
    file = context / ".dockerignore"
    rules: list[tuple[re.Pattern[str], bool]] = []
    for line in file.read_text().splitlines() if file.is_file() else []:
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            keep = pattern.startswith("!")
            rules.append((_pattern(pattern.lstrip("!").strip("/").removeprefix("./")), keep))

    def ignored(path: PurePosixPath) -> bool:
        out = False
        for pattern, keep in rules:
            if any(pattern.fullmatch(str(part)) for part in (path, *path.parents)):
                out = not keep
        return out

    return ignored


def _pattern(text: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*/?|\*|\?)", text)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(piece, re.escape(piece)) for piece in pieces))
