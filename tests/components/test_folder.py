"""Folder: addresses and object names below one path of a bucket."""

from __future__ import annotations

import asyncio

import pulumi

from components.folder import Folder


def test_a_folder_is_an_address_and_names_its_objects() -> None:
    async def resolve() -> tuple[str, str | None]:
        folder = Folder(pulumi.Output.from_input("fleet-scratch"), "code")
        return folder.name("pipelines/mining/main.py"), await folder.uri.future()

    assert asyncio.run(resolve()) == ("code/pipelines/mining/main.py", "gs://fleet-scratch/code")
