"""Carries out the instructions of a Dockerfile into a rootfs folder and an image's settings."""

from __future__ import annotations

import copy
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path, PurePosixPath

from localcloud.images.copying import copy_into
from localcloud.images.dockerfile import Instruction
from localcloud.images.image import DEFAULT_PATH, Image

SKIPPED = {"RUN", "HEALTHCHECK", "MAINTAINER", "VOLUME"}


class Build:
    """Carries out the instructions of one Dockerfile, a stage at a time."""

    def __init__(self, instructions: list[Instruction], context: Path, folder: Path, arguments: dict[str, str]) -> None:
        self.instructions, self.context, self.folder, self.given = instructions, context, folder, arguments
        self.stages: dict[str, Image] = {}
        """By name, and by number as COPY --from takes it too."""
        self.stage_count = 0
        self.global_arguments: dict[str, str] = {}
        self.arguments: dict[str, str] = {}
        self.current: Image | None = None
        self.inherited_cmd = False

    @property
    def image(self) -> Image:
        """The image of the stage that is being built."""
        assert self.current is not None
        return self.current

    def run(self, reference: str) -> Image:
        for raw in self.instructions:
            keyword = raw.keyword
            if self.current is None and keyword not in {"FROM", "ARG"}:
                raise raw.refuse("it stands before FROM")
            action = getattr(self, f"_{keyword.lower()}", None)
            if keyword in SKIPPED:
                self._note(raw)
            elif action is None:
                raise raw.refuse("this instruction is not supported")
            elif keyword in {"CMD", "ENTRYPOINT"}:
                action(raw)  # their variables are the process's, not the build's
            else:
                action(raw.expanded(self._variables()))
        self.image.reference = reference
        self.image.paths = sorted(set(self.image.paths) - {"/"})
        return self.image

    def _variables(self) -> dict[str, str]:
        if self.current is None:
            return self.global_arguments
        return {"PATH": DEFAULT_PATH, **self.arguments, **self.image.env}

    def _note(self, instruction: Instruction) -> None:
        self.image.skipped.append(
            f"{instruction.path.name}:{instruction.line}: {instruction.keyword} {instruction.text}"
        )

    def _from(self, instruction: Instruction) -> None:
        base, _, alias = instruction.expanded(self.global_arguments).text.partition(" ")
        alias = re.sub(r"(?i)^as\s+", "", alias.strip())
        rootfs = self.folder / f"stage-{self.stage_count}"
        parent = self.stages.get(base)
        if parent is None:
            rootfs.mkdir()
            self.current = Image("", rootfs=str(rootfs))
            if base != "scratch":
                self._note(instruction)
        else:
            shutil.copytree(parent.rootfs, rootfs, symlinks=True)
            self.current = replace(copy.deepcopy(parent), rootfs=str(rootfs))
        self.arguments = {}
        self.inherited_cmd = bool(self.image.cmd)
        self.stages[str(self.stage_count)] = self.image
        if alias:
            self.stages[alias] = self.image
        self.stage_count += 1

    def _arg(self, instruction: Instruction) -> None:
        scope = self.global_arguments if self.current is None else self.arguments
        for word in instruction.words():
            name, _, default = word.partition("=")
            scope[name] = self.given.get(name, default or self.global_arguments.get(name, ""))

    def _env(self, instruction: Instruction) -> None:
        self.image.env |= instruction.pairs()

    def _label(self, instruction: Instruction) -> None:
        self.image.labels |= instruction.pairs()

    def _expose(self, instruction: Instruction) -> None:
        self.image.ports += instruction.words()

    def _user(self, instruction: Instruction) -> None:
        self.image.user = instruction.text

    def _workdir(self, instruction: Instruction) -> None:
        self.image.workdir = os.path.normpath(PurePosixPath(self.image.workdir) / instruction.text)
        self.image.paths.append(self.image.workdir)
        self.image.path(".").mkdir(parents=True, exist_ok=True)

    def _words(self, instruction: Instruction) -> list[str]:
        form = instruction.exec_form()
        return ["/bin/sh", "-c", instruction.text] if form is None else form

    def _cmd(self, instruction: Instruction) -> None:
        self.image.cmd = self._words(instruction)
        self.inherited_cmd = False

    def _entrypoint(self, instruction: Instruction) -> None:
        self.image.entrypoint = self._words(instruction)
        if self.inherited_cmd:
            self.image.cmd = []  # a new ENTRYPOINT drops the CMD that came with the base

    def _stopsignal(self, instruction: Instruction) -> None:
        if instruction.text not in {"SIGTERM", "15"}:
            raise instruction.refuse("processes are stopped with SIGTERM only")

    def _add(self, instruction: Instruction) -> None:
        for source in instruction.words()[:-1]:
            if re.match(r"[a-z+]+://|git@", source):
                raise instruction.refuse(f"{source} would be downloaded: put the file in the context and COPY it")
            if re.search(r"\.(tar|tgz|tar\.\w+|txz|tbz2)$", source):
                raise instruction.refuse(f"{source} would be unpacked: unpack it in the context and COPY it")
        self._copy(instruction)

    def _copy(self, instruction: Instruction) -> None:
        stage = None
        if "from" in instruction.flags:
            stage = self.stages.get(instruction.flags["from"])
            if stage is None:
                raise instruction.refuse(f"--from={instruction.flags['from']} is not a stage of this Dockerfile")
        copied = copy_into(self.image, instruction, self.context, stage)
        if copied:
            self.image.paths += copied
        else:
            self._note(instruction)
