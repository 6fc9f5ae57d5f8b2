"""A folder of a bucket, so that jobs and objects get addresses and nobody puts names together."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class Folder:
    """`gs://<bucket>/<path>`; path has no slash at either end."""

    bucket: pulumi.Input[str]
    path: str

    @property
    def uri(self) -> pulumi.Output[str]:
        """Its address, without a slash at the end."""
        return pulumi.Output.concat("gs://", self.bucket, "/", self.path)

    def name(self, file: str) -> str:
        """The object name of a file in it."""
        return f"{self.path}/{file}"
