"""The gcp package: checks, differences and calls, the same for every resource type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from localcloud.providers.autonaming import DEFAULTS, UNNAMED, NameRequest, was_defaulted
from localcloud.providers.checks import check
from localcloud.providers.diff import Difference, Kind, difference
from localcloud.providers.errors import Failure, ProviderError
from localcloud.providers.gcp import invokes
from localcloud.providers.gcp.labels import effective_labels, label_key
from localcloud.providers.gcp.outputs import complete, preview_changed, preview_new
from localcloud.providers.gcp.registry import parse_id, type_of
from localcloud.providers.gcp.resource_type import Call, Outputs, ResourceType
from localcloud.providers.gcp.rest import GoogleServices
from localcloud.providers.gcp.rules import check_labels, check_rules
from localcloud.providers.gcp.settings import GcpSettings, read_settings
from localcloud.providers.package import Package, Properties, Reading
from localcloud.providers.provider_settings import decode_settings
from localcloud.providers.sdk_types import ResourceSchema
from localcloud.providers.session import Session, Subject
from localcloud.settings import LocalCloud
from localcloud.wire.typed import has_unknown, keep_secrets, plain, without_internal

DEFAULT_TIMEOUT_S = 600.0


class GcpPackage(Package):
    """Pulumi's gcp provider for one local cloud."""

    name = "gcp"

    def __init__(self, cloud: LocalCloud) -> None:
        super().__init__(cloud)
        self.services = GoogleServices(cloud)

    def kind(self, token: str) -> ResourceType:
        """Errors: NotSupportedError."""
        return type_of(self.schema(token))

    def check_settings(self, settings: Properties) -> list[Failure]:
        labels = decode_settings(settings, self.sdk.provider).get("defaultLabels")
        return super().check_settings(settings) or list(check_labels(labels, "defaultLabels"))

    def configure(self, settings: Properties) -> GcpSettings:
        return read_settings(settings, self.sdk.provider, self.cloud.project)

    def check(
        self, subject: Subject, olds: Properties, news: Properties, naming: NameRequest
    ) -> tuple[Properties, list[Failure]]:
        kind, schema = self.kind(subject.token), self.schema(subject.token)
        inputs, failures = self._fill(subject, olds, news, naming)
        failures += [*_missing(kind, schema, inputs), *check(schema.inputs, inputs)]
        if not failures:
            failures = list(check_rules(kind.rules, inputs))
        if not failures:
            kept = olds if olds and not self.replaced_by(subject, olds, inputs) else {}
            failures = kind.check(plain(kept), plain(inputs), subject.session.folder)
        return inputs, failures

    def _fill(
        self, subject: Subject, olds: Properties, news: Properties, naming: NameRequest
    ) -> tuple[Properties, list[Failure]]:
        """What the real provider fills in: a name, and where the resource is."""
        kind, known = self.kind(subject.token), self.schema(subject.token).inputs.properties
        inputs, filled, failures = without_internal(news), list[str](), list[Failure]()
        for key, value in subject.session.settings.places(kind.location_from).items():
            if key in known and inputs.get(key) is None and value is not None:
                inputs[key] = value
                filled.append(key)
        if kind.name_key in known and inputs.get(kind.name_key) is None:
            name = self.choose_name(subject, olds, inputs, naming, kind.name_length)
            if name is None:
                failures.append(Failure(kind.name_key, UNNAMED.format("resource")))
            else:
                inputs[kind.name_key] = name
                filled.append(kind.name_key)
        return {**inputs, DEFAULTS: filled}, failures

    def forces_replacement(self, subject: Subject) -> Callable[[str], bool]:
        return self.kind(subject.token).forces_replacement

    def automatic_name(self, subject: Subject, inputs: Properties) -> str | None:
        key = self.kind(subject.token).name_key
        return inputs.get(key) if was_defaulted(inputs, key) else None

    def with_name(self, subject: Subject, inputs: Properties, name: str) -> Properties:
        return {**inputs, self.kind(subject.token).name_key: name}

    def describe(self, subject: Subject, inputs: Properties) -> str:
        kind, call = self._call(subject, inputs)
        return f"{subject.token} {kind.describe(call)!r}"

    def diff(
        self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties, ignore: list[str]
    ) -> Difference:
        kind = self.kind(subject.token)
        found = difference(old_inputs, news, kind.forces_replacement, ignore)
        self._compare_labels(subject, state, news, found)
        explicit = not was_defaulted(news, kind.name_key)
        same = all(plain(old_inputs).get(key) == plain(news).get(key) for key in kind.id_keys())
        found.delete_before_replace = bool(found.replaces) and explicit and same and bool(kind.id_keys())
        return found

    def _compare_labels(self, subject: Subject, state: Properties, news: Properties, found: Difference) -> None:
        """A change of the provider's default labels changes every resource that has labels."""
        schema, old = self.schema(subject.token), plain(state.get("effectiveLabels"))
        new = effective_labels(schema, news, subject.session.settings.labels)
        if label_key(schema) and old is not None and old != new and not has_unknown(new):
            found.changes.setdefault("effectiveLabels", Kind.UPDATE)

    def preview_create(self, subject: Subject, inputs: Properties) -> Properties:
        schema = self.schema(subject.token)
        return preview_new(schema, type_of(schema), inputs, subject.session.settings.labels)

    def create(self, subject: Subject, inputs: Properties) -> tuple[str, Properties]:
        kind, call = self._call(subject, inputs)
        call = replace(call, identifier=kind.identify(call))
        subject = replace(subject, identifier=call.identifier)

        def make() -> Properties:
            return _outputs(kind, call, inputs, kind.create(call))

        def exists() -> bool:
            return kind.read(call) is not None

        with self.naming("create", subject, inputs):
            tracked = kind.tracked
            repeatable = kind.repeatable(call)
            made = self.create_once(subject, inputs, exists, make, repeatable=repeatable) if tracked else make()
        return call.identifier, made

    def carry_on(self, subject: Subject, made: Properties, inputs: Properties, *, changed: bool) -> Properties:
        kind, call = self._call(subject, made)
        body = kind.adopt(call)
        if body is None:
            raise ProviderError(f"{self.describe(subject, made)} was deleted while it was created; try again")
        outputs = _outputs(kind, call, made, body)
        return keep_secrets(inputs, self.update(subject, made, outputs, inputs) if changed else outputs)

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Reading | None:
        properties = self.schema(subject.token).inputs.properties
        known = inputs or {key: value for key, value in state.items() if key in properties}
        if not known:
            known = parse_id(self.kind(subject.token), subject.identifier, subject.session.settings)
        kind, call = self._call(subject, known, state, known)
        body = kind.read(call)
        if body is None:
            return None
        outputs = complete(kind, call, body)
        keys = known.keys() if inputs else properties.keys() & outputs.keys()
        found = {key: known[key] if key == DEFAULTS else outputs.get(key, plain(known.get(key))) for key in keys}
        return Reading(subject.identifier, keep_secrets(known, outputs), keep_secrets(known, found))

    def preview_update(
        self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties
    ) -> Properties:
        schema = self.schema(subject.token)
        kept = {key: value for key, value in state.items() if key in news or key not in old_inputs}
        return preview_changed(schema, type_of(schema), news, kept, subject.session.settings.labels)

    def update(self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties) -> Properties:
        kind, call = self._call(subject, news, state, old_inputs)
        with self.naming("update", subject, news):
            return _outputs(kind, call, news, kind.update(call))

    def delete(self, subject: Subject, inputs: Properties, state: Properties) -> None:
        kind, call = self._call(subject, inputs, state)
        known = {**state, **without_internal(inputs)}
        policy = call.get("deletionPolicy", "DELETE")
        if policy == "PREVENT":
            what = self.describe(subject, known)
            raise ProviderError(f"{what} has deletionPolicy PREVENT; set it to DELETE and deploy that first")
        if policy != "ABANDON":
            with self.naming("delete", subject, known):
                kind.delete(call)

    def invoke(self, session: Session, token: str, arguments: Properties) -> tuple[Properties, list[Failure]]:
        return invokes.invoke(token, plain(arguments), session.settings, self.services)

    def _call(
        self, subject: Subject, inputs: Properties, state: Properties | None = None, olds: Properties | None = None
    ) -> tuple[ResourceType, Call]:
        schema = self.schema(subject.token)
        call = Call(
            schema=schema,
            services=self.services,
            inputs=plain(without_internal(inputs)),
            state=plain(without_internal(state or {})),
            old_inputs=plain(without_internal(olds or {})),
            identifier=subject.identifier,
            logical_name=subject.name,
            labels=effective_labels(schema, inputs, subject.session.settings.labels),
            timeout=subject.timeout or DEFAULT_TIMEOUT_S,
            log=subject.session.logger(subject.urn),
            folder=subject.session.folder,
            ended=subject.ended,
        )
        return type_of(schema), call


def _outputs(kind: ResourceType, call: Call, inputs: Properties, body: Outputs) -> Properties:
    """All outputs after a call, by what the service said of the resource; secret what is a secret input."""
    return keep_secrets(inputs, complete(kind, call, body))


def _missing(kind: ResourceType, schema: ResourceSchema, inputs: Properties) -> list[Failure]:
    """What the id of a declared type needs, and neither the program nor the provider says.

    What the SDK itself requires is refused with its types, and a name with how it is chosen.
    """
    if not kind.token:
        return []
    optional = schema.inputs.properties.keys() - schema.inputs.required - kind.defaults.keys() - {kind.name_key}
    needed = sorted(optional.intersection(kind.id_keys()))
    settings = {key: "region" if key == "location" else key for key in needed if inputs.get(key) is None}
    return [Failure(key, f"missing: set it here, or gcp:{name} on the provider") for key, name in settings.items()]
