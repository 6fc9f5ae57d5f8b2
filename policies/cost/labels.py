"""Whoever sees a cost must see whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from policies.resource_types import BUCKET, BUCKET_GRANT, CLUSTER, CRYPTO_KEY, WORKFLOW_TEMPLATE
from policies.rule import Resource, resource_rule

REQUIRED_LABELS = ("owner", "cost-center", "environment")

# Types that are billed, and the property that carries their labels.
LABEL_PROPERTY = {
    BUCKET: "labels",
    "gcp:bigquery/dataset:Dataset": "labels",
    CRYPTO_KEY: "labels",
    "gcp:artifactregistry/repository:Repository": "labels",
    WORKFLOW_TEMPLATE: "labels",
    "gcp:dataproc/cluster:Cluster": "labels",
    CLUSTER: "resourceLabels",
}
LABELS = {"owner": "perception", "cost-center": "fleet", "environment": "dev"}


@resource_rule(
    passes=[
        Resource(BUCKET, {"labels": LABELS}),
        Resource(CLUSTER, {"resourceLabels": LABELS}),
        Resource(BUCKET_GRANT),
    ],
    fails=[
        ("cost-center, environment", Resource(BUCKET, {"labels": {"owner": "x"}})),
        ("resourceLabels lack owner", Resource(CLUSTER)),
    ],
)
def require_labels(resource: Resource) -> Iterator[str]:
    """Billed resources name owner and payer."""
    name = LABEL_PROPERTY.get(resource.type)
    if name is None:
        return
    labels = resource.props.get(name) or {}
    missing = [label for label in REQUIRED_LABELS if not labels.get(label)]
    if missing:
        yield f"{name} lack {', '.join(missing)}: every billed resource names who owns and pays for it"
