"""Roadbed on one environment: settings in, layers in order, outputs out."""

from __future__ import annotations

import pulumi

from stacks.layers.environment import Environment
from stacks.layers.foundation import build_foundation
from stacks.layers.governance import build_governance
from stacks.layers.jobs import build_jobs
from stacks.layers.lake import build_lake
from stacks.layers.serving import build_serving

environment = Environment.load()
foundation = build_foundation(environment)
lake = build_lake(environment, foundation)
jobs = build_jobs(environment, foundation, lake)
serving = build_serving(environment, foundation)
build_governance(environment)

pulumi.export("project", environment.project)
pulumi.export("region", environment.region)
pulumi.export("environment", environment.settings.environment)
pulumi.export("endpoints", environment.settings.endpoints.model_dump())
pulumi.export(
    "buckets",
    {
        "landing": foundation.zones.landing,
        "curated": foundation.zones.curated,
        "serving": foundation.zones.serving,
        "quarantine": foundation.zones.quarantine,
        "scratch": foundation.zones.scratch,
    },
)
pulumi.export(
    "ingest",
    {
        "template": jobs.ingest.spec_uri,
        "image": jobs.ingest_image,
        "launcher": jobs.launcher.ready,
        "arguments": jobs.ingest_arguments,
        "identity": jobs.ingest_identity.ready,
        "temp_location": foundation.zones.temp.uri,
        "subnetwork": environment.subnetwork,
        "machine_type": environment.settings.ingest.machine_type,
        "maximum_workers": environment.settings.ingest.maximum_workers,
    },
)
pulumi.export("workflow_template", jobs.spark.workflow_template)
pulumi.export(
    "serving",
    {
        "kubeconfig": serving.cluster.kubeconfig,
        "namespace": serving.app.namespace,
        "selector": serving.app.selector,
        "url": serving.app.url,
        "snapshots": foundation.zones.snapshots.uri,
    },
)
