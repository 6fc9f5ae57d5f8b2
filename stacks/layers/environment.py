"""What every layer needs to know of the environment it is built in."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.labels import Labels
from pipelines.contracts import ContractError, Contracts, load_contracts
from stacks.images import tag as image_tag
from stacks.settings import Settings, load_settings
from stacks.stack_file import ROOT

DATASETS = ROOT / "stacks" / "datasets"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Settings, contracts and names of one environment."""

    settings: Settings
    contracts: Contracts
    labels: Labels
    project: str
    region: str

    @classmethod
    def load(cls) -> Environment:
        """Read the running stack's settings and every contract below stacks/datasets."""
        settings = load_settings()
        gcp = pulumi.Config("gcp")
        return cls(
            settings=settings,
            contracts=contracts_of_checkout(),
            labels=Labels(owner=settings.owner, cost_center=settings.cost_center, environment=settings.environment),
            project=gcp.require("project"),
            region=gcp.require("region"),
        )

    @property
    def subnetwork(self) -> str:
        """The subnetwork as Dataflow takes it."""
        return f"regions/{self.region}/subnetworks/{self.settings.network.subnetwork}"

    def image(self, repository_url: pulumi.Output[str], name: str) -> pulumi.Output[str]:
        """Reference of an image by the content it is built from, so that a change of code is a change of image."""
        return pulumi.Output.concat(repository_url, "/", name, ":", image_tag(name))


def contracts_of_checkout() -> Contracts:
    """Every contract below stacks/datasets. Raises pulumi.RunError with the one line that says what is wrong."""
    try:
        return load_contracts(DATASETS)
    except ContractError as error:
        raise pulumi.RunError(str(error)) from None
