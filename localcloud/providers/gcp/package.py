"""The gcp package: checks, differences and calls, the same for every type in the table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from localcloud.providers.autonaming import DEFAULTS, NameRequest, choose_name, was_defaulted
from localcloud.providers.checks import check, did_you_mean
from localcloud.providers.diff import Difference, Kind, difference, top_level
from localcloud.providers.errors import Failure, NotSupportedError, ProviderError
from localcloud.providers.gcp import invokes
from localcloud.providers.gcp.labels import effective_labels, label_key
from localcloud.providers.gcp.outputs import complete, preview_changed, preview_new
from localcloud.providers.gcp.rest import GoogleServices, ServiceError
from localcloud.providers.gcp.rules import check_labels, check_rules
from localcloud.providers.gcp.settings import GcpSettings, read_settings
from localcloud.providers.gcp.table import parse_id, type_of
from localcloud.providers.ledger import Creation, Ledger
from localcloud.providers.package import Package, Properties, Reading, Session, Subject
from localcloud.providers.provider_settings import check_settings, decode_settings
from localcloud.providers.resource_type import Call, ResourceType
from localcloud.providers.sdk_types import ResourceSchema, Sdk
from localcloud.wire.typed import has_unknown, keep_secrets, plain, without_internal

ALWAYS_REPLACES = frozenset({"name", "location", "project", "region", "zone"})
DEFAULT_TIMEOUT_S = 600.0


class GcpPackage(Package):
    """Pulumi's gcp provider for one local cloud."""

    name = "gcp"

    def __init__(self, cloud: Any) -> None:
        self.cloud = cloud
        self.sdk = Sdk("pulumi_gcp")
        self.services = GoogleServices(cloud)
        self.ledger = Ledger(cloud.folder("providers") / self.name)

    def schema(self, token: str) -> ResourceSchema:
        """The type's schema. Errors: NotSupportedError if the SDK has no such type."""
        found = self.sdk.resource(token)
        if found is None:
            near = did_you_mean(token, self.sdk.tokens)
            raise NotSupportedError(f"pulumi_gcp {self.sdk.version} has no type {token}{near}")
        return found

    def check_settings(self, settings: Properties) -> list[Failure]:
        failures = list(check_settings(settings, self.sdk.provider()))
        labels = decode_settings(settings, self.sdk.provider()).get("defaultLabels")
        return failures or list(check_labels(labels, "defaultLabels"))

    def configure(self, settings: Properties) -> GcpSettings:
        return read_settings(settings, self.sdk.provider(), self.cloud.project)

    def check(
        self, subject: Subject, olds: Properties, news: Properties, naming: NameRequest
    ) -> tuple[Properties, list[Failure]]:
        schema = self.schema(subject.token)
        kind = type_of(schema)
        inputs, failures = self._fill(subject, schema, kind, olds, news, naming)
        failures += check(schema.inputs, inputs)
        if not failures:
            failures = list(check_rules(subject.token, inputs))
        if not failures:
            kept = not self._replaces(kind, without_internal(olds), inputs) if olds else False
            failures = kind.check(plain(olds) if kept else {}, plain(inputs), subject.session.folder)
        return inputs, failures

    def _fill(
        self,
        subject: Subject,
        schema: ResourceSchema,
        kind: ResourceType,
        olds: Properties,
        news: Properties,
        naming: NameRequest,
    ) -> tuple[Properties, list[Failure]]:
        """What the real provider fills in: a name, and where the resource is."""
        inputs, settings = without_internal(news), subject.session.settings
        filled, failures = [], []
        candidates = {"project": settings.project, "region": settings.region, "zone": settings.zone}
        places = (candidates[setting] for setting in kind.location_from)
        candidates["location"] = next((place for place in places if place is not None), None)
        for key, value in candidates.items():
            if key in schema.inputs.properties and inputs.get(key) is None and value is not None:
                inputs[key] = value
                filled.append(key)
        if kind.name_key in schema.inputs.properties and inputs.get(kind.name_key) is None:
            lost = self._lost_name(subject.urn, kind, inputs)
            name = choose_name(kind.name_key, naming, plain(olds), lost, kind.name_length)
            if isinstance(name, Failure):
                failures.append(name)
            else:
                inputs[kind.name_key] = name
                filled.append(kind.name_key)
        failures += _missing(kind, schema, inputs)
        return {**inputs, DEFAULTS: filled}, failures

    def _lost_name(self, urn: str, kind: ResourceType, inputs: Properties) -> str | None:
        """The name of what was made for this resource by an engine that was killed, if it can become what is wanted."""
        for creation in self.ledger.of(urn):
            made = creation.inputs_beside(inputs)
            name = made.get(kind.name_key)
            wanted = {**inputs, kind.name_key: name}
            if was_defaulted(made, kind.name_key) and not self._replaces(kind, made, wanted):
                return name
        return None

    def _replaces(self, kind: ResourceType, olds: Properties, news: Properties) -> bool:
        return bool(difference(olds, news, lambda path: self._forces(kind, path)).replaces)

    def _forces(self, kind: ResourceType, path: str) -> bool:
        if top_level(path) in ("deletionPolicy", *kind.provider_only):
            return False
        if kind.immutable or top_level(path) in ALWAYS_REPLACES:
            return True
        return any(path == key or path.startswith((f"{key}.", f"{key}[")) for key in (*kind.replaces, *kind.id_keys()))

    def diff(
        self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties, ignore: list[str]
    ) -> Difference:
        schema = self.schema(subject.token)
        kind = type_of(schema)
        found = difference(old_inputs, news, lambda path: self._forces(kind, path), ignore)
        kind.refine(found, plain(news), plain(state), subject.session.folder)
        found.replaces = [key for key in found.replaces if any(top_level(path) == key for path in found.changes)]
        self._compare_labels(subject, schema, state, news, found)
        explicit = not was_defaulted(news, kind.name_key)
        same = all(plain(old_inputs).get(key) == plain(news).get(key) for key in kind.id_keys())
        found.delete_before_replace = bool(found.replaces) and explicit and same and bool(kind.id_keys())
        return found

    def _compare_labels(
        self, subject: Subject, schema: ResourceSchema, state: Properties, news: Properties, found: Difference
    ) -> None:
        """A change of the provider's default labels changes every resource that has labels."""
        old = plain(state.get("effectiveLabels"))
        new = effective_labels(schema, news, subject.session.settings.labels)
        if label_key(schema) and old is not None and old != new and not has_unknown(new):
            found.changes.setdefault("effectiveLabels", Kind.UPDATE)

    def preview_create(self, subject: Subject, inputs: Properties) -> Properties:
        schema = self.schema(subject.token)
        return preview_new(schema, type_of(schema), inputs, subject.session.settings.labels)

    def create(self, subject: Subject, inputs: Properties) -> tuple[str, Properties]:
        kind, call = self._call(subject, inputs, {}, {})
        try:
            if not kind.tracked:
                return self._make(kind, call, inputs)
            call = replace(call, identifier=kind.identify(call))
            return self._make_tracked(replace(subject, identifier=call.identifier), kind, call, inputs)
        except ServiceError as error:
            clashes = error.status == 409
            raise self._clash(kind, call) if clashes else self._named(error, kind, call, "create") from error

    @staticmethod
    def _make(kind: ResourceType, call: Call, inputs: Properties) -> tuple[str, Properties]:
        identifier, body = kind.create(call)
        return identifier, keep_secrets(inputs, complete(kind, call, identifier, body))

    def _make_tracked(
        self, subject: Subject, kind: ResourceType, call: Call, inputs: Properties
    ) -> tuple[str, Properties]:
        """Make it, or carry on with what an engine that was killed has had made for this very resource."""
        key = self.key(subject)
        if not kind.repeatable(call) and kind.read(call) is not None:
            creation = self.ledger.find(subject.urn, key)
            if creation is None:
                raise self._clash(kind, call)
            return call.identifier, self._adopt(subject, creation, inputs)
        self.ledger.add(subject.urn, key, inputs)
        try:
            return self._make(kind, call, inputs)
        except ServiceError as error:
            if error.status == 409 or kind.read(call) is None:
                self.ledger.remove(key)
            raise

    def _adopt(self, subject: Subject, creation: Creation, inputs: Properties) -> Properties:
        """Finish what was begun for this very resource, as if the engine had seen the end of it, then update it."""
        made = creation.inputs_beside(inputs)
        kind, call = self._call(subject, made, {}, {})
        found = difference(made, inputs, lambda path: self._forces(kind, path))
        if found.replaces:
            what = f"{subject.token} {kind.describe(call)!r} was made by a run that was cut off"
            changed = ", ".join(found.replaces)
            raise ProviderError(f"{what}, with another {changed}: delete it, or set {changed} as it was then")
        body = kind.adopt(call)
        if body is None:
            raise ProviderError(f"{subject.token} {kind.describe(call)!r} was deleted while it was created; try again")
        outputs = keep_secrets(made, complete(kind, call, subject.identifier, body))
        if found.changes:
            outputs = self.update(subject, made, outputs, inputs)
            self.ledger.add(subject.urn, self.key(subject), inputs)
        return keep_secrets(inputs, outputs)

    @staticmethod
    def _clash(kind: ResourceType, call: Call) -> ProviderError:
        command = f"pulumi import {call.schema.token} {call.logical_name} {kind.identify(call)}"
        hint = f"choose another name, or adopt it with the Pulumi CLI: `{command}`"
        return ProviderError(f"{call.schema.token} {kind.describe(call)!r} exists already; {hint}")

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Reading | None:
        schema = self.schema(subject.token)
        kind = type_of(schema)
        known = inputs or {key: value for key, value in state.items() if key in schema.inputs.properties}
        if not known:
            known = parse_id(kind, subject.identifier, subject.session.settings)
        kind, call = self._call(subject, known, state, known)
        body = kind.read(call)
        if body is None:
            return None
        outputs = complete(kind, call, subject.identifier, body)
        keys = known.keys() if inputs else schema.inputs.properties.keys() & outputs.keys()
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
        try:
            body = kind.update(call)
        except ServiceError as error:
            raise self._named(error, kind, call, "update") from error
        return keep_secrets(news, complete(kind, call, subject.identifier, body))

    def delete(self, subject: Subject, inputs: Properties, state: Properties) -> None:
        kind, call = self._call(subject, inputs, state, {})
        policy = call.get("deletionPolicy", "DELETE")
        if policy == "PREVENT":
            what = f"{subject.token} {kind.describe(call)!r}"
            raise ProviderError(f"{what} has deletionPolicy PREVENT; set it to DELETE and deploy that first")
        if policy == "ABANDON":
            return
        try:
            kind.delete(call)
        except ServiceError as error:
            raise self._named(error, kind, call, "delete") from error

    def invoke(self, session: Session, token: str, arguments: Properties) -> tuple[Properties, list[Failure]]:
        return invokes.invoke(token, plain(arguments), session.settings, self.services)

    def _call(
        self, subject: Subject, inputs: Properties, state: Properties, old_inputs: Properties
    ) -> tuple[ResourceType, Call]:
        schema = self.schema(subject.token)
        kind = type_of(schema)
        call = Call(
            schema=schema,
            services=self.services,
            inputs=plain(without_internal(inputs)),
            state=plain(without_internal(state)),
            old_inputs=plain(without_internal(old_inputs)),
            identifier=subject.identifier,
            logical_name=subject.name,
            labels=effective_labels(schema, inputs, subject.session.settings.labels),
            timeout=subject.timeout or DEFAULT_TIMEOUT_S,
            log=subject.session.logger(subject.urn),
            folder=subject.session.folder,
            ended=subject.ended,
        )
        return kind, call

    @staticmethod
    def _named(error: ServiceError, kind: ResourceType, call: Call, verb: str) -> ProviderError:
        return ProviderError(f"could not {verb} {call.schema.token} {kind.describe(call)!r}: {error}")


def _missing(kind: ResourceType, schema: ResourceSchema, inputs: Properties) -> list[Failure]:
    """What the id of a declared type needs, and neither the program nor the provider says.

    What the SDK itself requires is refused with its types, and a name with how it is chosen.
    """
    if not kind.token:
        return []
    optional = schema.inputs.properties.keys() - schema.inputs.required - kind.defaults.keys() - {kind.name_key}
    needed = sorted(optional.intersection(kind.id_keys()))
    return [Failure(key, missing_place(key)) for key in needed if inputs.get(key) is None]


def missing_place(key: str) -> str:
    """How to say where something is."""
    setting = "region" if key == "location" else key
    return f"missing: set it here, or gcp:{setting} on the provider"
