"""Judging a deployment by policy packs, over Pulumi's Analyzer protocol."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import analyzer_pb2

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.display.display import Display
from localcloud.engine.plugins.policy_pack import Pack
from localcloud.engine.project.configuration import Stack
from localcloud.errors import LocalCloudError
from localcloud.wire import urns, values


@dataclass
class PolicyPacks:
    """The packs of an operation, for both of its passes."""

    packs: list[Pack]
    display: Display
    _verdicts: dict[tuple[int, str], tuple[bytes, Any]] = field(default_factory=dict)

    def begin(self, display: Display, *, preview: bool) -> None:
        """Start a pass: from here on violations go to this display. Packs get ready while the program starts."""
        self.display = display
        for pack in self.packs:
            pack.begin(preview=preview)

    def analyze(self, state: ResourceState, delete_first: bool | None, provider: ResourceState | None) -> bool:
        """Let the packs remedy (in place) and judge one resource; whether a mandatory policy forbids it.

        `delete_first` is the program's option `delete_before_replace`, if it gives one.

        A resource that looks exactly as it did in the preview pass has its verdict from there.
        """
        for pack in self.packs:
            pack.wait_until_ready()
            if pack.remediates:
                self._remediate(pack, state, delete_first, provider)
        forbidden = False
        for index, pack in enumerate(self.packs):
            request = _request(state, delete_first, provider)
            serialized = request.SerializeToString(deterministic=True)
            seen, diagnostics = self._verdicts.get((index, state.urn), (b"", ()))
            if seen != serialized:
                diagnostics = pack.call("Analyze", request).diagnostics
                self._verdicts[index, state.urn] = serialized, diagnostics
            forbidden |= self._report(pack, diagnostics, state.urn)
        return forbidden

    def analyze_stack(self, resources: dict[str, ResourceState]) -> bool:
        """Let the packs judge the whole stack, by its resources' outputs."""
        described = [_describe(state, resources) for state in list(resources.values())]
        request = analyzer_pb2.AnalyzeStackRequest(resources=described)
        forbidden = False
        for pack in self.packs:
            pack.wait_until_ready()
            forbidden |= self._report(pack, pack.call("AnalyzeStack", request).diagnostics, "")
        return forbidden

    def stop(self) -> None:
        for pack in self.packs:
            pack.stop()

    def _remediate(
        self, pack: Pack, state: ResourceState, delete_first: bool | None, provider: ResourceState | None
    ) -> None:
        response = pack.call("Remediate", _request(state, delete_first, provider), optional=True)
        for item in response.remediations if response is not None else ():
            if item.diagnostic:
                self.display.violation(pack.name, item.policyName, False, item.diagnostic, state.urn)
            else:
                self.display.info(f"remedied by policy {pack.name}/{item.policyName}: {item.description}", state.urn)
                state.inputs = {**values.from_struct(item.properties), **_internal(state.inputs)}

    def _report(self, pack: Pack, diagnostics: Any, urn: str) -> bool:
        forbidden = False
        for item in diagnostics:
            mandatory = item.enforcementLevel in (analyzer_pb2.MANDATORY, analyzer_pb2.REMEDIATE)
            forbidden |= mandatory
            self.display.violation(pack.name, item.policyName, mandatory, item.message, item.urn or urn)
        return forbidden


def start_packs(folders: list[Path], engine_address: str, stack: Stack, display: Display) -> PolicyPacks:
    """Start the packs, all at the same time."""
    packs = PolicyPacks([], display)
    try:
        for folder in folders:
            packs.packs.append(Pack(folder, engine_address, stack))
    except LocalCloudError:
        packs.stop()
        raise
    return packs


def _internal(inputs: values.Properties) -> values.Properties:
    return {key: value for key, value in inputs.items() if key.startswith("__")}


def _visible(properties: values.Properties) -> Any:
    visible = {key: value for key, value in properties.items() if not key.startswith("__")}
    return values.to_struct(values.for_receiver(visible, secrets=True, resources=False))


def _request(
    state: ResourceState, delete_first: bool | None, provider: ResourceState | None
) -> analyzer_pb2.AnalyzeRequest:
    return analyzer_pb2.AnalyzeRequest(
        type=state.type,
        urn=state.urn,
        name=urns.name_of(state.urn),
        properties=_visible(state.inputs),
        options=_options(state, delete_first),
        provider=_provider(provider),
    )


def _describe(state: ResourceState, resources: dict[str, ResourceState]) -> analyzer_pb2.AnalyzerResource:
    provider = resources.get(urns.split_reference(state.provider)[0]) if state.provider else None
    return analyzer_pb2.AnalyzerResource(
        type=state.type,
        urn=state.urn,
        name=urns.name_of(state.urn),
        properties=_visible(state.outputs),
        options=_options(state, None),
        provider=_provider(provider),
        parent=state.parent,
        dependencies=state.dependencies,
        propertyDependencies={
            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=sources)
            for key, sources in state.property_dependencies.items()
        },
    )


def _provider(state: ResourceState | None) -> analyzer_pb2.AnalyzerProviderResource | None:
    if state is None:
        return None
    return analyzer_pb2.AnalyzerProviderResource(
        type=state.type, urn=state.urn, name=urns.name_of(state.urn), properties=_visible(state.inputs)
    )


def _options(state: ResourceState, delete_first: bool | None) -> analyzer_pb2.AnalyzerResourceOptions:
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=state.protect,
        ignoreChanges=state.ignore_changes,
        deleteBeforeReplace=bool(delete_first),
        deleteBeforeReplaceDefined=delete_first is not None,
        additionalSecretOutputs=state.additional_secret_outputs,
        aliases=state.aliases,
        customTimeouts=analyzer_pb2.AnalyzerResourceOptions.CustomTimeouts(**state.custom_timeouts),
        parent=state.parent,
    )
