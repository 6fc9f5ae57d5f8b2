"""Runs a Pulumi program against mocks that hold every input against the SDK's types, as the real provider would."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import mocks

from localcloud.providers.checks import check
from localcloud.providers.kubernetes.custom_resources import custom_schema
from localcloud.providers.sdk_types import installed
from localcloud.wire.typed import decode, encode, plain
from localcloud.wire.urns import STACK_TYPE

PROJECT = "test-project"

# What a provider would compute, where a component reads it.
COMPUTED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "gcp:serviceaccount/account:Account": lambda inputs: {
        "email": f"{inputs['accountId']}@{PROJECT}.iam.gserviceaccount.com",
        "name": f"projects/{PROJECT}/serviceAccounts/{inputs['accountId']}",
    },
    "gcp:container/cluster:Cluster": lambda inputs: {
        "endpoint": "192.0.2.1",
        "project": PROJECT,
        "masterAuth": {"clusterCaCertificate": "Y2VydGlmaWNhdGU="},
    },
    "gcp:artifactregistry/repository:Repository": lambda inputs: {"project": PROJECT, "name": inputs["repositoryId"]},
    "gcp:dataproc/autoscalingPolicy:AutoscalingPolicy": lambda inputs: {"name": f"policies/{inputs['policyId']}"},
    "kubernetes:core/v1:Service": lambda inputs: {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.2"}]}}},
}
INVOKES = {
    "gcp:organizations/getProject:getProject": {"projectId": PROJECT, "number": "123456"},
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": {
        "emailAddress": "agent@gs-project-accounts.iam.gserviceaccount.com"
    },
}


@dataclass(frozen=True)
class Registered:
    """One registered resource with its inputs under Pulumi's names."""

    type: str
    name: str
    inputs: dict[str, Any]


class CheckedMocks(mocks.Mocks):
    """Answers as a provider would, where a component reads it."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        computed = COMPUTED.get(args.typ, lambda inputs: {})(args.inputs)
        return f"{args.name}-id", {"name": args.name, **args.inputs, **computed}

    def call(self, args: mocks.MockCallArgs) -> Any:
        return INVOKES[args.token]


class CheckedMonitor(mocks.MockMonitor):
    """Accepts what the SDK's types accept, and keeps it."""

    def __init__(self) -> None:
        super().__init__(CheckedMocks())
        self.registered: list[Registered] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        if request.type != STACK_TYPE:
            # Encoded once more, which leaves out the nulls of what a program did not say.
            inputs = plain(decode(encode(decode(request.object))))
            self._check(request.type, request.name, inputs)
            self.registered.append(Registered(request.type, request.name, inputs))
        return super().RegisterResource(request)

    @staticmethod
    def _check(type_token: str, name: str, inputs: dict[str, Any]) -> None:
        package = type_token.split(":")[0]
        if package in ("gcp", "kubernetes"):
            sdk = installed(f"pulumi_{package}")
            schema = sdk.resource(type_token) or custom_schema(sdk, type_token)
            assert schema is not None, f"{type_token} is not in the SDK"
            failures = [str(failure) for failure in check(schema.inputs, inputs)]
            assert not failures, f"{type_token} {name}: {failures}"


@dataclass(frozen=True)
class Deployed:
    """What a program registered."""

    resources: list[Registered]

    def of(self, type_token: str) -> list[Registered]:
        return [resource for resource in self.resources if resource.type == type_token]

    def one(self, type_token: str) -> Registered:
        found = self.of(type_token)
        assert len(found) == 1, f"{len(found)} resources of type {type_token}"
        return found[0]


Deploy = Callable[[Callable[[], Any]], Deployed]


def run_checked(program: Callable[[], Any]) -> Deployed:
    """Run a program to its end against the mocks; errors in it, inputs that the SDK refuses included, are raised.

    What Pulumi keeps of a run, its root stack for one, stays in a context of its own.
    """
    return contextvars.copy_context().run(run_here, program)


def run_here(program: Callable[[], Any]) -> Deployed:
    monitor = CheckedMonitor()
    # Pulumi's test runner takes the thread's event loop, which any earlier asyncio.run has taken away.
    asyncio.set_event_loop(asyncio.new_event_loop())
    mocks.set_mocks(monitor.mocks, project="roadbed", stack="test", preview=False, monitor=monitor)
    try:
        pulumi.runtime.test(program)()
    except Exception as error:  # noqa: BLE001
        # Pulumi's own frames under an error are so many that pytest can't show them.
        raise AssertionError(f"{type(error).__name__}: {error}") from None
    return Deployed(monitor.registered)
