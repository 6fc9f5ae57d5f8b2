"""The kubernetes package: every object of the SDK and every custom resource, the same way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from localcloud.providers.autonaming import UNNAMED, NameRequest
from localcloud.providers.checks import check
from localcloud.providers.diff import Difference, difference
from localcloud.providers.diff import Kind as Change
from localcloud.providers.errors import Failure, InitializationFailedError, NotSupportedError, ProviderError
from localcloud.providers.kubernetes.await_ready import TIMEOUT_S, NotReadyError, wait_gone, wait_ready
from localcloud.providers.kubernetes.client import MERGE_PATCH, UnreachableError
from localcloud.providers.kubernetes.custom_resources import custom_schema
from localcloud.providers.kubernetes.objects import Kind, identify, kind_of, merge_patch, split_identifier
from localcloud.providers.kubernetes.settings import DEFAULT_NAMESPACE, KubernetesSettings, cluster_of
from localcloud.providers.kubernetes.validate import validate
from localcloud.providers.package import Package, Properties, Reading
from localcloud.providers.provider_settings import decode_settings
from localcloud.providers.sdk_types import ResourceSchema
from localcloud.providers.session import Session, Subject
from localcloud.providers.waiting import Patience
from localcloud.settings import OWNER
from localcloud.wire.typed import UNKNOWN, Secret, Unknown, has_unknown, keep_secrets, plain, without_internal

MANAGER = "fieldManager=pulumi-kubernetes"
AUTONAMED = "pulumi.com/autonamed"
SECRET = "kubernetes:core/v1:Secret"


class KubernetesPackage(Package):
    """Pulumi's kubernetes provider for clusters on this machine."""

    name = "kubernetes"
    name_digits = 8

    def schema(self, token: str) -> ResourceSchema:
        return custom_schema(self.sdk, token) or super().schema(token)

    def kind(self, token: str) -> Kind:
        """Errors: NotSupportedError."""
        return kind_of(self.schema(token))

    def key(self, subject: Subject) -> str:
        return f"{super().key(subject)} in {subject.session.settings.place}"

    def configure(self, settings: Properties) -> KubernetesSettings:
        return KubernetesSettings(decode_settings(settings, self.sdk.provider), self.cloud.job_environment(OWNER))

    def diff_settings(self, olds: Properties, news: Properties) -> Difference:
        """Another server, or another authority there, is another cluster: everything has to be made anew in it."""
        found = super().diff_settings(olds, news)
        old, new = plain(olds.get("kubeconfig")), plain(news.get("kubeconfig"))
        if old != new and isinstance(old, str) and isinstance(new, str) and cluster_of(old) != cluster_of(new):
            found.changes["kubeconfig"] = Change.UPDATE_REPLACE
            found.replaces.append("kubeconfig")
        return found

    def check(
        self, subject: Subject, olds: Properties, news: Properties, naming: NameRequest
    ) -> tuple[Properties, list[Failure]]:
        kind = self.kind(subject.token)
        inputs = {**without_internal(news), "apiVersion": kind.api_version, "kind": kind.name}
        failures = list(check(self.schema(subject.token).inputs, inputs))
        if failures:
            return inputs, failures
        inputs["metadata"], failures = self._named_metadata(subject, olds, inputs, naming)
        if not failures and not has_unknown(inputs):
            failures = validate(plain(inputs))
        return inputs, failures

    def _named_metadata(
        self, subject: Subject, olds: Properties, inputs: Properties, naming: NameRequest
    ) -> tuple[Any, list[Failure]]:
        """Metadata with a namespace and a name; a name that was chosen here is kept."""
        given = inputs.get("metadata")
        if isinstance(given, Unknown | Secret):
            return given, []
        metadata = dict(given or {})
        if self.kind(subject.token).namespaced and metadata.get("namespace") is None:
            metadata["namespace"] = subject.session.settings.namespace
        if metadata.get("name") is not None or metadata.get("generateName") is not None:
            return metadata, []
        metadata["name"] = self.choose_name(subject, olds, {**inputs, "metadata": metadata}, naming)
        if metadata["name"] is None:
            return metadata, [Failure("metadata.name", UNNAMED.format("object"))]
        annotations = metadata.get("annotations") or {}
        if not isinstance(annotations, Unknown | Secret):
            metadata["annotations"] = {**annotations, AUTONAMED: "true"}
        return metadata, []

    def forces_replacement(self, subject: Subject) -> Callable[[str], bool]:
        kind, settings = self.kind(subject.token), subject.session.settings.values
        return lambda path: kind.forces_replacement(path, settings)

    def automatic_name(self, subject: Subject, inputs: Properties) -> str | None:
        metadata = _metadata(inputs)
        annotations = metadata.get("annotations")
        chosen = isinstance(annotations, dict) and annotations.get(AUTONAMED) == "true"
        return metadata.get("name") if chosen else None

    def with_name(self, subject: Subject, inputs: Properties, name: str) -> Properties:
        return {**inputs, "metadata": {**inputs["metadata"], "name": name}}

    def describe(self, subject: Subject, inputs: Properties) -> str:
        return f"{self.kind(subject.token).name} {subject.identifier or subject.name!r}"

    def diff(
        self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties, ignore: list[str]
    ) -> Difference:
        found = difference(old_inputs, news, self.forces_replacement(subject), ignore)
        old, new = _metadata(old_inputs), _metadata(news)
        same = (old.get("name"), old.get("namespace")) == (new.get("name"), new.get("namespace"))
        explicit = self.automatic_name(subject, news) is None
        found.delete_before_replace = bool(found.replaces) and same and explicit
        return found

    def preview_create(self, subject: Subject, inputs: Properties) -> Properties:
        outputs = self.schema(subject.token).outputs
        return {**dict.fromkeys(outputs - inputs.keys(), UNKNOWN), **without_internal(inputs)}

    def create(self, subject: Subject, inputs: Properties) -> tuple[str, Properties]:
        kind, client = self.kind(subject.token), subject.session.settings.client
        document = plain(without_internal(inputs))
        collection = f"{kind.path(document['metadata'].get('namespace'))}?{MANAGER}"
        if not document["metadata"].get("name"):  # generateName: the server chooses, and never twice the same.
            with self.naming("create", subject, inputs):
                return self._ready(subject, client.call("POST", collection, document), inputs)
        subject = replace(subject, identifier=identify(document))

        def make() -> Properties:
            return self._ready(subject, client.call("POST", collection, document), inputs)[1]

        def exists() -> bool:
            return client.find(self._path(subject)) is not None

        with self.naming("create", subject, inputs):
            return subject.identifier, self.create_once(subject, inputs, exists, make)

    def carry_on(self, subject: Subject, made: Properties, inputs: Properties, *, changed: bool) -> Properties:
        return self.update(subject, made, {}, inputs)

    def _ready(self, subject: Subject, made: Properties, inputs: Properties) -> tuple[str, Properties]:
        """The id and the outputs of what was made or changed, once it does what it is for."""
        subject = replace(subject, identifier=identify(made))
        try:
            made = wait_ready(subject.session.settings.client, self._path(subject), made, _patience(subject))
        except NotReadyError as error:
            outputs = self._outputs(subject, inputs, error.document)
            reasons = [f"{self.describe(subject, inputs)}: {error.reasons[0]}", *error.reasons[1:]]
            raise InitializationFailedError(subject.identifier, outputs, reasons) from error
        except ProviderError as error:
            outputs = self._outputs(subject, inputs, made)
            raise InitializationFailedError(subject.identifier, outputs, [str(error)]) from error
        return subject.identifier, self._outputs(subject, inputs, made)

    def _outputs(self, subject: Subject, inputs: Properties, live: Properties) -> Properties:
        outputs = self.schema(subject.token).outputs
        kept = {key: value for key, value in live.items() if key in outputs}
        kept["metadata"] = {key: value for key, value in live.get("metadata", {}).items() if key != "managedFields"}
        if subject.token == SECRET and "data" in kept:
            # Nothing marks it where a program gave stringData, or nothing at all.
            kept["data"] = Secret(kept["data"])
        return keep_secrets(without_internal(inputs), kept)

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Reading | None:
        live = subject.session.settings.client.find(self._path(subject))
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
        client, path = subject.session.settings.client, self._path(subject)
        patch = merge_patch(plain(without_internal(old_inputs)), plain(without_internal(news)))
        with self.naming("update", subject, news):
            made = client.call("PATCH", f"{path}?{MANAGER}", patch, MERGE_PATCH) if patch else client.call("GET", path)
        return self._ready(subject, made, news)[1]

    def delete(self, subject: Subject, inputs: Properties, state: Properties) -> None:
        client, path = subject.session.settings.client, self._path(subject)
        try:
            with self.naming("delete", subject, inputs):
                if client.delete(path):
                    wait_gone(client, path, _patience(subject))
        except UnreachableError as error:
            # What was in a cluster is gone with it. That it is gone the user has to say, or its successor shows it.
            if not (error.replaced or subject.session.settings.values.get("deleteUnreachable") is True):
                raise ProviderError(
                    f"{error}; if it is gone for good, set deleteUnreachable (delete_unreachable=True) on the provider"
                ) from error

    def invoke(self, session: Session, token: str, arguments: Properties) -> tuple[Properties, list[Failure]]:
        raise NotSupportedError(f"function {token} is not available on the local cloud")

    def _path(self, subject: Subject) -> str:
        """The object's address at the API server."""
        namespace, name = split_identifier(subject.identifier)
        return f"{self.kind(subject.token).path(namespace or DEFAULT_NAMESPACE)}/{name}"


def _metadata(inputs: Properties) -> Properties:
    """Plain; nothing where it is not known yet."""
    found = plain(inputs.get("metadata"))
    return found if isinstance(found, dict) else {}


def _patience(subject: Subject) -> Patience:
    return Patience(subject.timeout or TIMEOUT_S, subject.ended, subject.session.logger(subject.urn))
