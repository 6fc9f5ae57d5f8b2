"""`up` killed at any moment, by SIGKILL, on real services: the next one carries on, and makes nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = """\
import pulumi
import pulumi_gcp as gcp

lake = gcp.storage.Bucket("lake", name="killed-lake", location="US", force_destroy=True)
catalog = gcp.biglake.IcebergCatalog("lake", name=lake.name, catalog_type="CATALOG_TYPE_GCS_BUCKET")
namespace = gcp.biglake.IcebergNamespace("drive-logs", catalog=catalog.name, namespace_id="drive_logs")
for number in range(6):
    field = {"id": 1, "name": "drive_id", "required": True, "type": "string"}
    gcp.biglake.IcebergTable(
        f"table-{number}", catalog=catalog.name, namespace=namespace.namespace_id, name=f"table_{number}",
        schema={"fields": [field]},
    )
for number in range(4):
    bucket = gcp.storage.Bucket(f"zone-{number}", location="US", force_destroy=True)
    account = gcp.serviceaccount.Account(f"job-{number}", account_id=f"job-number-{number}", disabled=number == 0)
    gcp.storage.BucketIAMMember(
        f"grant-{number}", bucket=bucket.name, role="roles/storage.objectViewer", member=account.member,
    )
    gcp.storage.BucketObject(f"file-{number}", bucket=bucket.name, name="file.txt", content="x" * 10)
    pulumi.export(f"zone-{number}", bucket.name)
"""
RESOURCES = 2 + 3 + 6 + 4 * 4
"""The stack and the default provider, the lake, its tables, and four zones."""
KILLED_AFTER_CREATIONS = (1, 4, 9, 16, 22)


@dataclass
class Workspace:
    folder: Path
    environment: dict[str, str]

    def command(self, *arguments: str) -> list[str]:
        return [
            *(sys.executable, "-m", "localcloud.engine", *arguments),
            *("--cwd", str(self.folder), "--stack", "local", "--config", "gcp:project=killed"),
        ]

    def up(self) -> str:
        result = subprocess.run(self.command("up"), env=self.environment, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def up_killed_after(self, notes: int, ledger: Path) -> None:
        """Kill the engine as soon as the providers have begun that many creations, whatever the engine knows of them."""

    def resources(self) -> list[dict[str, Any]]:
        exported = subprocess.run(
            self.command("export"), env=self.environment, capture_output=True, text=True, check=True, timeout=60
        )
        return json.loads(exported.stdout)["deployment"]["resources"]
