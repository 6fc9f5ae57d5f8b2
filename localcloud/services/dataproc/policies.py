"""Autoscaling policies: checked records. A cluster here is one process, so nothing acts on them."""

from __future__ import annotations

from google.cloud import dataproc_v1 as dataproc
from google.protobuf.empty_pb2 import Empty

from localcloud.services.common import page
from localcloud.services.dataproc.checks import check_policy
from localcloud.services.dataproc.names import regional
from localcloud.services.dataproc.store import Store


class Policies:
    """Create, get, list, update, delete."""

    def __init__(self, store: Store) -> None:
        self.policies = store.policies

    def create(self, request: dataproc.CreateAutoscalingPolicyRequest) -> dataproc.AutoscalingPolicy:
        check_policy(request.policy)
        request.policy.name = f"{request.parent}/autoscalingPolicies/{request.policy.id}"
        return self.policies.create(regional(request.policy.name), request.policy)

    def get(self, request: dataproc.GetAutoscalingPolicyRequest) -> dataproc.AutoscalingPolicy:
        return self.policies.require(regional(request.name))

    def list(self, request: dataproc.ListAutoscalingPoliciesRequest) -> dataproc.ListAutoscalingPoliciesResponse:
        found = list(self.policies.list(f"{regional(request.parent)}/autoscalingPolicies/"))
        policies, token = page(found, request.page_size, request.page_token)
        return dataproc.ListAutoscalingPoliciesResponse(policies=policies, next_page_token=token)

    def update(self, request: dataproc.UpdateAutoscalingPolicyRequest) -> dataproc.AutoscalingPolicy:
        known = self.policies.require(regional(request.policy.name))
        request.policy.id, request.policy.name = known.id, known.name
        check_policy(request.policy)
        return self.policies.put(regional(known.name), request.policy)

    def delete(self, request: dataproc.DeleteAutoscalingPolicyRequest) -> Empty:
        self.policies.delete(regional(request.name))
        return Empty()
