"""The settings of one environment as one typed model. An unknown key or a wrong type is an error that names it."""

from __future__ import annotations

from typing import Annotated, Any

import pulumi
from pydantic import BaseModel, ConfigDict, Field, ValidationError

LabelValue = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Days = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]


class Model(BaseModel):
    """Settings are read once and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Endpoints(Model):
    """Roots of Google's APIs as clients outside the program reach them."""

    storage: str = "https://storage.googleapis.com"
    dataproc: str = "https://{region}-dataproc.googleapis.com"
    dataflow: str = "https://dataflow.googleapis.com"
    bigquery: str = "https://bigquery.googleapis.com"


class Catalog(Model):
    """How jobs reach the Iceberg REST catalogue.

    beam_properties: of PyIceberg.  spark_properties: below `spark.sql.catalog.lake`.
    """

    uri: str = "https://biglake.googleapis.com/iceberg/v1/restcatalog"
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


class Storage(Model):
    """Lifecycle of the buckets, in days."""

    landing_days: Days = 30
    quarantine_days: Days = 90
    scratch_days: Days = 7


class Ingest(Model):
    """Workers of the Beam job."""

    machine_type: str = "n2-standard-4"
    maximum_workers: Annotated[int, Field(ge=1)] = 20


class Spark(Model):
    """Machines of the Spark clusters."""

    machine_type: str = "n2-standard-4"
    minimum_workers: Annotated[int, Field(ge=2)] = 2
    maximum_workers: Annotated[int, Field(ge=2)] = 10
    maximum_spot_workers: Count = 20


class Serving(Model):
    """Machines and replicas of the serving cluster. Nodes are counted a zone."""

    machine_type: str = "e2-standard-4"
    minimum_nodes: Count = 1
    maximum_nodes: Count = 3
    maximum_spot_nodes: Count = 10
    minimum_replicas: Annotated[int, Field(ge=1)] = 2
    maximum_replicas: Annotated[int, Field(ge=1)] = 20
    cpu: str = "500m"
    memory: str = "1Gi"


class Cost(Model):
    """What a month may cost, in whole units of the billing account's currency."""

    billing_account: str
    monthly_amount: Annotated[int, Field(gt=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"


class Settings(Model):
    """Everything that differs between environments.

    location: of buckets and datasets; a region, or a multi-region that holds it.
    disposable: whether `destroy` may delete data with the environment.
    """

    environment: LabelValue
    location: str
    owner: LabelValue
    cost_center: LabelValue
    cost: Cost
    disposable: bool = False
    endpoints: Endpoints = Endpoints()
    catalog: Catalog = Catalog()
    network: Network = Network()
    storage: Storage = Storage()
    ingest: Ingest = Ingest()
    spark: Spark = Spark()
    serving: Serving = Serving()


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
