"""Snapshots in a folder, as earlier runs left them."""

from __future__ import annotations

from pathlib import Path

from pipelines.snapshots import DRIVES, Manifest, manifest_file, table_folder


def folders(output: Path) -> set[str]:
    """Names of the folders directly below."""
    return {path.name for path in output.iterdir() if path.is_dir()}


def complete(output: Path, name: str, created_at: str) -> str:
    """A snapshot as an earlier run left it."""
    folder = output / table_folder(name, DRIVES)
    folder.mkdir(parents=True)
    (folder / "part-0.parquet").write_bytes(b"rows")
    (output / manifest_file(name)).write_text(Manifest(name, created_at, "run-0", {}).to_json())
    return name
