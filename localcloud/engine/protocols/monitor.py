"""Pulumi's ResourceMonitor service: what the program calls to register, read and ask."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from localcloud.engine.plan.deployment import Deployment
from localcloud.engine.plan.goal import Goal
from localcloud.engine.plan.steps import DeploymentStoppedError
from localcloud.engine.plugins.provider_connection import CallFailedError
from localcloud.engine.plugins.registry import INTERNAL
from localcloud.engine.project.configuration import Stack
from localcloud.engine.protocols.refusals import ANNOUNCED, refuse, refuse_what_is_lacking
from localcloud.engine.protocols.registrations import goal_of, read_goal_of
from localcloud.errors import LocalCloudError
from localcloud.wire import urns, values
from localcloud.wire.hashes import with_hashes

FEATURES = {
    "secrets": resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    "resourceReferences": resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    "outputValues": resource_pb2.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
    "aliasSpecs": resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    "deletedWith": resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
}
"""What this engine has."""

GET_RESOURCE = "pulumi:pulumi:getResource"


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Serves the program; each of its passes is a deployment of its own."""

    _deployment: Deployment

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._defaults: dict[str, str] = {}
        self._defaults_lock = threading.Lock()

    def serve(self, deployment: Deployment) -> None:
        """Begin a pass: from here on requests go to this deployment."""
        self._deployment = deployment
        self._defaults.clear()

    def SupportsFeature(self, request: Any, context: Any) -> resource_pb2.SupportsFeatureResponse:  # noqa: N802
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in {**FEATURES, **ANNOUNCED})

    def GetDeploymentInfo(self, request: Any, context: Any) -> resource_pb2.DeploymentInfo:  # noqa: N802
        return resource_pb2.DeploymentInfo(
            project=self._stack.project.name,
            stack=self._stack.name,
            organization=self._stack.organization,
            config=self._stack.configuration.texts,
            configSecretKeys=sorted(self._stack.configuration.secret_keys),
            dryRun=self._deployment.steps.preview,
            parallel=self._deployment.steps.parallel,
            supportedFeatures=[*FEATURES.values(), *ANNOUNCED.values()],
        )

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        def register() -> resource_pb2.RegisterResourceResponse:
            refuse_what_is_lacking(request)
            package = urns.package_of(request.type)
            provider = request.provider or request.providers.get(package, "")
            managed = request.custom and not urns.is_provider(request.type)
            if not managed:
                provider = ""
            elif not provider:
                provider = self._default_provider(package, request.version, request.pluginDownloadURL)
            goal = goal_of(request, provider, self._stack.project)
            if urns.is_provider(request.type) and request.version:
                goal.properties = {**goal.properties, INTERNAL: {}, "version": request.version}
            state = self._deployment.register(goal)
            # A component's outputs are the program's own; as of old, they may refer to what is not registered yet.
            outputs = state.outputs if state.custom else {}
            return resource_pb2.RegisterResourceResponse(urn=state.urn, id=state.id, object=values.to_struct(outputs))

        return self._answer(context, f"{request.type} {request.name}", register)

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        def register() -> empty_pb2.Empty:
            outputs = values.lower_outputs(values.from_struct(request.outputs))
            outputs = with_hashes(outputs, self._stack.project.program_folder)
            self._deployment.register_outputs(request.urn, outputs)
            return empty_pb2.Empty()

        return self._answer(context, request.urn, register)

    def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ReadResourceResponse:
        def read() -> resource_pb2.ReadResourceResponse:
            provider = request.provider or self._default_provider(
                urns.package_of(request.type), request.version, request.pluginDownloadURL
            )
            state = self._deployment.read(read_goal_of(request, provider, self._stack.project), request.id)
            return resource_pb2.ReadResourceResponse(
                urn=state.urn, id=state.id, properties=values.to_struct(state.outputs)
            )

        return self._answer(context, f"{request.type} {request.name}", read)

    def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest, context: grpc.ServicerContext
    ) -> resource_pb2.ResourceInvokeResponse:
        def invoke() -> resource_pb2.ResourceInvokeResponse:
            self._deployment.steps.check_running()
            arguments = values.lower_outputs(values.from_struct(request.args))
            if request.tok == GET_RESOURCE:
                return _invoke_response(self._resource(arguments["urn"]), [])
            reference = request.provider or self._default_provider(
                urns.package_of(request.tok), request.version, request.pluginDownloadURL
            )
            provider = self._deployment.steps.registry.get(reference)
            try:
                result, failures = provider.invoke(request.tok, arguments)
            except CallFailedError as error:
                raise _InvokeError(f"invocation of {request.tok} returned an error: {error}") from None
            return _invoke_response(result, failures)

        return self._answer(context, request.tok, invoke)

    def Call(self, request: resource_pb2.ResourceCallRequest, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return self._answer(context, request.tok, lambda: refuse("method calls on resources"))

    def RegisterStackTransform(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return self._answer(context, "register_resource_transform", lambda: refuse("transforms", "use transformations"))

    def RegisterStackInvokeTransform(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return self._answer(context, "register_invoke_transform", lambda: refuse("transforms of functions"))

    def RegisterResourceHook(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return self._answer(context, f"hook {request.name}", lambda: refuse("resource hooks"))

    def RegisterErrorHook(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return self._answer(context, f"hook {request.name}", lambda: refuse("error hooks"))

    def RegisterPackage(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return self._answer(context, f"package {request.name}", lambda: refuse("parameterized providers"))

    def SignalAndWaitForShutdown(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def _resource(self, urn: str) -> values.Properties:
        state = self._deployment.news.get(urn)
        if state is None:
            raise LocalCloudError(f"there is no resource {urn}")
        return {"urn": urn, "id": state.id, "state": state.outputs}

    def _default_provider(self, package: str, version: str, download_url: str) -> str:
        """The reference of the provider for resources that name none; it is registered when first needed."""
        name = urns.default_provider_name(version, download_url)
        with self._defaults_lock:
            reference = self._defaults.get(f"{package}:{name}")
            if reference is None:
                inputs = self._stack.configuration.of_package(package)
                if version:
                    inputs["version"] = version
                if version or download_url:
                    inputs[INTERNAL] = {"pluginDownloadURL": download_url} if download_url else {}
                goal = Goal(type=urns.PROVIDER_PREFIX + package, name=name, custom=True, properties=inputs)
                state = self._deployment.register(goal)
                reference = self._defaults[f"{package}:{name}"] = state.reference
            return reference

    def _answer(self, context: grpc.ServicerContext, what: str, handle: Callable[[], Any]) -> Any:
        """Handle a request; any failure is reported here, once, and ends the program."""
        status, text = grpc.StatusCode.UNAVAILABLE, "the deployment has stopped"
        try:
            return handle()
        except _InvokeError as error:
            status, text = grpc.StatusCode.UNKNOWN, str(error)
        except LocalCloudError as error:
            self._deployment.steps.fail("", f"{what}: {error}")
        except DeploymentStoppedError:
            pass
        except Exception as error:  # noqa: BLE001 - a fault of this engine: show it whole, and stop in good order
            self._deployment.steps.fail("", f"{what}: internal error: {error}\n{traceback.format_exc()}")
        return context.abort(status, text)


class _InvokeError(Exception):
    """A function failed. The program may catch that, so it is no reason to stop the deployment."""


def _invoke_response(result: values.Properties, failures: list[tuple[str, str]]) -> Any:
    response = resource_pb2.ResourceInvokeResponse(
        failures=[provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures]
    )
    getattr(response, "return").CopyFrom(values.to_struct(result))
    return response
