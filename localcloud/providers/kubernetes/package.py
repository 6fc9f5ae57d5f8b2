"""The kubernetes package: every object of the SDK, the same way."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from localcloud.providers.autonaming import AutonamingOptions, NameRequest, unique_name
from localcloud.providers.checks import check, did_you_mean
from localcloud.providers.diff import Difference, difference
from localcloud.providers.diff import Kind as Change
from localcloud.providers.errors import Failure, InitializationFailedError, NotSupportedError, ProviderError
from localcloud.providers.kubernetes.await_ready import NotReadyError, wait_gone, wait_ready
from localcloud.providers.kubernetes.client import MERGE_PATCH, ApiError, KubernetesClient, UnreachableError
from localcloud.providers.kubernetes.kubeconfig import read_kubeconfig
from localcloud.providers.kubernetes.objects import Kind, identify, kind_of, merge_patch, split_identifier
from localcloud.providers.kubernetes.validate import validate
from localcloud.providers.ledger import Creation, Ledger
from localcloud.providers.package import Package, Properties, Reading, Session, Subject
from localcloud.providers.provider_settings import check_settings, decode_settings
from localcloud.providers.sdk_types import Sdk
from localcloud.settings import OWNER
from localcloud.wire.typed import UNKNOWN, Secret, Unknown, has_unknown, keep_secrets, plain, without_internal

MANAGER = "fieldManager=pulumi-kubernetes"
AUTONAMED = "pulumi.com/autonamed"
DIGITS = 8
DEFAULT_NAMESPACE = "default"
SECRET = "kubernetes:core/v1:Secret"
FOREGROUND = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground"}


@dataclass
class KubernetesSettings:
    """One provider instance: a cluster (unknown in a preview that still has to make it) and a default namespace."""

    values: Properties
    environment: dict[str, str]

    @property
    def namespace(self) -> str:
        wanted = self.values.get("namespace")
        return wanted if isinstance(wanted, str) and wanted else DEFAULT_NAMESPACE

    @cached_property
    def client(self) -> KubernetesClient:
        """Errors: ProviderError if there is no usable kubeconfig. The user's own kubeconfig is never looked for."""
        text = self.values.get("kubeconfig")
        if isinstance(text, Unknown):
            raise ProviderError("the provider's kubeconfig is not known yet")
        if not text:
            raise ProviderError("no cluster: make a kubernetes.Provider with a kubeconfig, and pass it to the resource")
        return KubernetesClient(read_kubeconfig(str(text), self.values.get("context"), self.environment))

    @cached_property
    def place(self) -> str:
        """What tells the cluster from all others, even from a later one at the same address."""
        try:
            cluster = self.client.cluster
        except ProviderError:
            return "no cluster"
        return f"{cluster.server} {hashlib.sha256((cluster.authority or '').encode()).hexdigest()[:16]}"


class KubernetesPackage(Package):
    """Pulumi's kubernetes provider for clusters on this machine."""

    name = "kubernetes"

    def __init__(self, cloud: Any) -> None:
        self.cloud = cloud
        self.sdk = Sdk("pulumi_kubernetes")
        self.ledger = Ledger(cloud.folder("providers") / self.name)

    def key(self, subject: Subject) -> str:
        return f"{super().key(subject)} in {subject.session.settings.place}"

    def check_settings(self, settings: Properties) -> list[Failure]:
        return list(check_settings(settings, self.sdk.provider()))

    def configure(self, settings: Properties) -> KubernetesSettings:
        return KubernetesSettings(decode_settings(settings, self.sdk.provider()), self.cloud.job_environment(OWNER))

    def diff_settings(self, olds: Properties, news: Properties) -> Difference:
        """Another server, or another authority there, is another cluster: everything has to be made anew in it."""
        found = super().diff_settings(olds, news)
        old, new = plain(olds.get("kubeconfig")), plain(news.get("kubeconfig"))
        if old != new and isinstance(old, str) and isinstance(new, str) and _cluster(old) != _cluster(new):
            found.changes["kubeconfig"] = Change.UPDATE_REPLACE
            found.replaces.append("kubeconfig")
        return found

    def kind(self, token: str) -> Kind:
        """Errors: NotSupportedError."""
        schema = self.sdk.resource(token)
        if schema is None:
            near = did_you_mean(token, self.sdk.tokens)
            raise NotSupportedError(f"pulumi_kubernetes {self.sdk.version} has no type {token}{near}")
        return kind_of(schema)

    def check(
        self, subject: Subject, olds: Properties, news: Properties, naming: NameRequest
    ) -> tuple[Properties, list[Failure]]:
        kind = self.kind(subject.token)
        schema = self.sdk.resource(subject.token)
        assert schema is not None
        inputs = {**without_internal(news), "apiVersion": kind.api_version, "kind": kind.name}
        failures = list(check(schema.inputs, inputs))
        if failures:
            return inputs, failures
        inputs["metadata"], failures = self._metadata(subject, kind, olds, inputs, naming)
        if not failures and not has_unknown(inputs):
            failures = validate(plain(inputs))
        return inputs, failures

    def _metadata(
        self, subject: Subject, kind: Kind, olds: Properties, inputs: Properties, naming: NameRequest
    ) -> tuple[Any, list[Failure]]:
        """Metadata with a namespace and a name; a name that was chosen here is kept."""
        given = inputs.get("metadata")
        if isinstance(given, Unknown | Secret):
            return given, []
        metadata = dict(given or {})
        if kind.namespaced and metadata.get("namespace") is None:
            metadata["namespace"] = subject.session.settings.namespace
        if metadata.get("name") is not None or metadata.get("generateName") is not None:
            return metadata, []
        annotations = metadata.get("annotations") or {}
        old = plain(olds.get("metadata")) or {}
        options, lost = naming.options, self._lost_name(subject, kind, {**inputs, "metadata": metadata})
        if _is_autonamed(old) and old.get("name"):
            metadata["name"] = old["name"]
        elif lost is not None:
            metadata["name"] = lost
        elif options is not None and options.mode == AutonamingOptions.DISABLE:
            return metadata, [
                Failure("metadata.name", "missing: automatic naming is disabled, so give the object a name")
            ]
        else:
            proposed = options.proposed_name if options is not None else ""
            metadata["name"] = proposed or unique_name(naming, digits=DIGITS)
        if not isinstance(annotations, Unknown | Secret):
            metadata["annotations"] = {**annotations, AUTONAMED: "true"}
        return metadata, []

    def _lost_name(self, subject: Subject, kind: Kind, inputs: Properties) -> str | None:
        """The name of what was made for this resource by an engine that was killed, if it can become what is wanted."""
        settings = subject.session.settings.values
        for creation in self.ledger.of(subject.urn):
            made = creation.inputs_beside(inputs)
            name = made["metadata"]["name"]
            wanted = {**inputs, "metadata": {**inputs["metadata"], "name": name}}
            found = difference(made, wanted, lambda path: kind.forces_replacement(path, settings))
            if _is_autonamed(made["metadata"]) and not found.replaces:
                return name
        return None

    def diff(
        self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties, ignore: list[str]
    ) -> Difference:
        kind, settings = self.kind(subject.token), subject.session.settings.values
        found = difference(old_inputs, news, lambda path: kind.forces_replacement(path, settings), ignore)
        old, new = plain(old_inputs).get("metadata") or {}, plain(news).get("metadata") or {}
        same = (old.get("name"), old.get("namespace")) == (new.get("name"), new.get("namespace"))
        found.delete_before_replace = bool(found.replaces) and same and not _is_autonamed(new)
        return found

    def preview_create(self, subject: Subject, inputs: Properties) -> Properties:
        schema = self.sdk.resource(subject.token)
        assert schema is not None
        return {**dict.fromkeys(schema.outputs - inputs.keys(), UNKNOWN), **without_internal(inputs)}

    def create(self, subject: Subject, inputs: Properties) -> tuple[str, Properties]:
        kind, client = self.kind(subject.token), subject.session.settings.client
        document = plain(without_internal(inputs))
        collection = f"{kind.path(document['metadata'].get('namespace'))}?{MANAGER}"
        if not document["metadata"].get("name"):  # generateName: the server chooses, and never twice the same.
            try:
                return self._ready(subject, kind, client.call("POST", collection, document), inputs)
            except ApiError as error:
                raise self._named(error, kind, subject.name, "create") from error
        subject = replace(subject, identifier=identify(document))
        key, path = self.key(subject), self._path(kind, subject.identifier)
        if client.find(path) is not None:
            creation = self.ledger.find(subject.urn, key)
            if creation is None:
                raise self._clash(subject, kind)
            return subject.identifier, self._adopt(subject, creation, inputs)
        self.ledger.add(subject.urn, key, inputs)
        try:
            made = client.call("POST", collection, document)
        except ApiError as error:
            if error.status < 500:
                self.ledger.remove(key)
            clashes = error.reason == "AlreadyExists"
            raise (
                self._clash(subject, kind) if clashes else self._named(error, kind, subject.identifier, "create")
            ) from error
        return self._ready(subject, kind, made, inputs)

    def _adopt(self, subject: Subject, creation: Creation, inputs: Properties) -> Properties:
        """Carry on with what was made for this very resource by an engine that was killed."""
        made, settings = creation.inputs_beside(inputs), subject.session.settings.values
        kind = self.kind(subject.token)
        found = difference(made, inputs, lambda path: kind.forces_replacement(path, settings))
        if found.replaces:
            changed = ", ".join(found.replaces)
            what = f"{kind.name} {subject.identifier!r} was made by a run that was cut off"
            raise ProviderError(f"{what}, with another {changed}: delete it, or set {changed} as it was then")
        try:
            outputs = self.update(subject, made, {}, inputs)
        except InitializationFailedError:
            self.ledger.add(subject.urn, self.key(subject), inputs)
            raise
        self.ledger.add(subject.urn, self.key(subject), inputs)
        return outputs

    @staticmethod
    def _clash(subject: Subject, kind: Kind) -> ProviderError:
        command = f"pulumi import {subject.token} {subject.name} {subject.identifier}"
        hint = f"choose another name, or adopt it with the Pulumi CLI: `{command}`"
        return ProviderError(f"{kind.name} {subject.identifier!r} exists already; {hint}")

    def _ready(self, subject: Subject, kind: Kind, made: Properties, inputs: Properties) -> tuple[str, Properties]:
        identifier = identify(made)
        path, log = self._path(kind, identifier), subject.session.logger(subject.urn)
        try:
            made = wait_ready(subject.session.settings.client, path, made, subject.timeout, log, subject.ended)
        except NotReadyError as error:
            outputs = self._outputs(subject, inputs, error.document)
            reasons = [f"{kind.name} {identifier!r}: {error.reasons[0]}", *error.reasons[1:]]
            raise InitializationFailedError(identifier, outputs, reasons) from error
        except ProviderError as error:
            raise InitializationFailedError(identifier, self._outputs(subject, inputs, made), [str(error)]) from error
        return identifier, self._outputs(subject, inputs, made)

    def _outputs(self, subject: Subject, inputs: Properties, live: Properties) -> Properties:
        schema = self.sdk.resource(subject.token)
        assert schema is not None
        kept = {key: value for key, value in live.items() if key in schema.outputs}
        kept["metadata"] = {key: value for key, value in live.get("metadata", {}).items() if key != "managedFields"}
        if subject.token == SECRET and "data" in kept:
            # Nothing marks it where a program gave stringData, or nothing at all.
            kept["data"] = Secret(kept["data"])
        return keep_secrets(without_internal(inputs), kept)

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Reading | None:
        kind = self.kind(subject.token)
        live = subject.session.settings.client.find(self._path(kind, subject.identifier))
        if live is None:
            return None
        found = inputs or {key: value for key, value in live.items() if key != "status"}
        if not inputs:
            keys = ("name", "namespace", "labels", "annotations")
            found["metadata"] = {key: live["metadata"][key] for key in keys if live["metadata"].get(key)}
        return Reading(subject.identifier, self._outputs(subject, inputs, live), found)

    def preview_update(
        self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties
    ) -> Properties:
        return {**state, **without_internal(news)}

    def update(self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties) -> Properties:
        kind, client = self.kind(subject.token), subject.session.settings.client
        patch = merge_patch(plain(without_internal(old_inputs)), plain(without_internal(news)))
        path = self._path(kind, subject.identifier)
        try:
            made = client.call("PATCH", f"{path}?{MANAGER}", patch, MERGE_PATCH) if patch else client.call("GET", path)
        except ApiError as error:
            raise self._named(error, kind, subject.identifier, "update") from error
        return self._ready(subject, kind, made, news)[1]

    def delete(self, subject: Subject, inputs: Properties, state: Properties) -> None:
        kind, client = self.kind(subject.token), subject.session.settings.client
        path = self._path(kind, subject.identifier)
        try:
            client.call("DELETE", path, FOREGROUND)
            wait_gone(client, path, subject.timeout, subject.session.logger(subject.urn), subject.ended)
        except ApiError as error:
            if error.status != 404:
                raise self._named(error, kind, subject.identifier, "delete") from error
        except UnreachableError as error:
            # What was in a cluster is gone with it. That it is gone the user has to say, or its successor shows it.
            if not (error.replaced or subject.session.settings.values.get("deleteUnreachable") is True):
                raise ProviderError(
                    f"{error}; if it is gone for good, set deleteUnreachable (delete_unreachable=True) on the provider"
                ) from error

    def invoke(self, session: Session, token: str, arguments: Properties) -> tuple[Properties, list[Failure]]:
        raise NotSupportedError(f"function {token} is not available on the local cloud")

    @staticmethod
    def _path(kind: Kind, identifier: str) -> str:
        namespace, name = split_identifier(identifier)
        return f"{kind.path(namespace or DEFAULT_NAMESPACE)}/{name}"

    @staticmethod
    def _named(error: ApiError, kind: Kind, identifier: str, verb: str) -> ProviderError:
        return ProviderError(f"could not {verb} {kind.name} {identifier!r}: {error}")


def _is_autonamed(metadata: Properties) -> bool:
    annotations = metadata.get("annotations")
    return isinstance(annotations, dict) and annotations.get(AUTONAMED) == "true"


def _cluster(kubeconfig: str) -> tuple[str, str | None]:
    """Server and authority of a kubeconfig; its text if it is none, so that a change is still seen."""
    try:
        cluster = read_kubeconfig(kubeconfig)
    except ProviderError:
        return kubeconfig, None
    return cluster.server, cluster.authority
