"""Autoscaling policies are kept, changed and deleted."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, BadRequest, Conflict, NotFound
from google.cloud import dataproc_v1 as dataproc

from tests.localcloud.services.dataproc.clients import Dataproc


def test_an_autoscaling_policy_is_kept_changed_and_deleted(service: Dataproc) -> None:
    workers = {"min_instances": 2, "max_instances": 10}
    yarn = {"graceful_decommission_timeout": {"seconds": 3600}, "scale_up_factor": 0.5, "scale_down_factor": 1.0}
    policy: dict[str, Any] = {"id": "small", "worker_config": workers, "basic_algorithm": {"yarn_config": yarn}}
    made = service.policies.create_autoscaling_policy(parent=service.parent, policy=dataproc.AutoscalingPolicy(policy))
    assert made.name == f"{service.parent}/autoscalingPolicies/small"
    with pytest.raises((AlreadyExists, Conflict)):
        service.policies.create_autoscaling_policy(parent=service.parent, policy=dataproc.AutoscalingPolicy(policy))
    made.worker_config.max_instances = 20
    service.policies.update_autoscaling_policy(policy=made)
    assert service.policies.get_autoscaling_policy(name=made.name).worker_config.max_instances == 20
    listed = list(service.policies.list_autoscaling_policies(parent=service.parent))
    assert [one.worker_config.max_instances for one in listed if one.id == "small"] == [20]
    service.policies.delete_autoscaling_policy(name=made.name)
    with pytest.raises(NotFound):
        service.policies.get_autoscaling_policy(name=made.name)
    policy["worker_config"] = {"max_instances": 1}
    with pytest.raises(BadRequest, match=r"policy.workerConfig.maxInstances: 1 must be 2 or more"):
        service.policies.create_autoscaling_policy(parent=service.parent, policy=dataproc.AutoscalingPolicy(policy))
