"""The settings of one environment as one typed model. An unknown key or a wrong type is an error that names it."""

from __future__ import annotations

from typing import Annotated, Any

import pulumi
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.budget import BudgetSettings
from components.serving_app import ServingAppSettings
from components.serving_cluster import ServingClusterSettings
from components.spark_runtime import SparkRuntimeSettings
from components.storage_zones import StorageZonesSettings
from stacks.endpoints import endpoint

LabelValue = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


class Model(BaseModel):
    """Settings are read once and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Endpoints(Model):
    """Roots of Google's APIs as clients outside the program reach them."""

    storage: str = Field(default_factory=lambda: endpoint("storage"))
    dataproc: str = Field(default_factory=lambda: endpoint("dataproc"))
    dataflow: str = Field(default_factory=lambda: endpoint("dataflow"))
    bigquery: str = Field(default_factory=lambda: endpoint("bigquery"))


class Catalog(Model):
    """How jobs reach the Iceberg REST catalogue.

    beam_properties: of PyIceberg.  spark_properties: below `spark.sql.catalog.lake`.
    """

    uri: str = Field(default_factory=lambda: endpoint("biglake") + "/iceberg/v1/restcatalog")
    beam_properties: dict[str, Any] = {}
    spark_properties: dict[str, str] = {}


class Network(Model):
    """The private network that machines run in. It exists before the platform, as in any organisation.

    subnetwork: in the environment's region, with Private Google Access, since no machine has a public address.
    pod_range, service_range: its secondary ranges for the serving cluster; without them GKE makes its own.
    """

    network: str = "default"
    subnetwork: str = "default"
    pod_range: str | None = None
    service_range: str | None = None


class Ingest(Model):
    """Workers of the Beam job."""

    machine_type: str = "n2-standard-4"
    maximum_workers: Annotated[int, Field(ge=1)] = 20


class Settings(Model):
    """Everything that differs between environments. What a section leaves out is its component's own default.

    location: of buckets and datasets; a region, or a multi-region that holds it.
    disposable: whether `destroy` may delete data with the environment.
    serving_quotas: requests a second by caller that each replica answers; `*` for whoever is not named.
    """

    environment: LabelValue
    location: str
    owner: LabelValue
    cost_center: LabelValue
    budget: BudgetSettings
    disposable: bool = False
    endpoints: Endpoints = Field(default_factory=Endpoints)
    catalog: Catalog = Field(default_factory=Catalog)
    network: Network = Network()
    ingest: Ingest = Ingest()
    storage: StorageZonesSettings = {}
    spark: SparkRuntimeSettings = {}
    serving_cluster: ServingClusterSettings = {}
    serving_app: ServingAppSettings = {}
    serving_quotas: dict[str, Annotated[float, Field(gt=0)]] = {}


def parse_settings(document: Any) -> Settings:
    """The settings from the stack's configuration value.

    Raises pulumi.RunError with one line for each mistake.
    """
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        mistakes = "; ".join(
            f"{'.'.join(str(part) for part in mistake['loc']) or 'settings'}: {mistake['msg']}"
            for mistake in error.errors()
        )
        raise pulumi.RunError(f"roadbed:settings in stacks/Pulumi.{pulumi.get_stack()}.yaml: {mistakes}") from None


def load_settings() -> Settings:
    """The settings of the stack that is running."""
    return parse_settings(pulumi.Config("roadbed").require_object("settings"))
