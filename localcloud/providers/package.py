"""What a provider package (gcp, kubernetes) has to answer, and what is the same in all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from localcloud.providers.autonaming import NameRequest, new_name
from localcloud.providers.checks import did_you_mean
from localcloud.providers.diff import Difference, difference
from localcloud.providers.errors import (
    Failure,
    InitializationFailedError,
    NotSupportedError,
    ProviderError,
    RefusedError,
)
from localcloud.providers.ledger import Creation, Ledger
from localcloud.providers.provider_settings import check_settings
from localcloud.providers.sdk_types import ResourceSchema, installed
from localcloud.providers.session import Session, Subject
from localcloud.settings import LocalCloud
from localcloud.wire.typed import plain

Properties = dict[str, Any]
"""As localcloud.wire.typed describes them."""


@dataclass(frozen=True)
class Reading:
    """What a read found: outputs, and the inputs that would give them."""

    identifier: str
    outputs: Properties
    inputs: Properties = field(default_factory=dict)


class Package(ABC):
    """One provider package for one local cloud."""

    name: ClassVar[str]
    name_digits: ClassVar[int] = 7
    """How many hex digits end a name that is chosen here."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.sdk = installed(f"pulumi_{self.name}")
        self.ledger = Ledger(cloud.folder("providers") / self.name)

    def schema(self, token: str) -> ResourceSchema:
        """The type's schema. Errors: NotSupportedError if the SDK has no such type."""
        found = self.sdk.resource(token)
        if found is None:
            near = did_you_mean(token, self.sdk.tokens)
            raise NotSupportedError(f"{self.sdk.package} {self.sdk.version} has no type {token}{near}")
        return found

    def key(self, subject: Subject) -> str:
        """What the resource is called in the ledger: what no other thing has, in any project or cluster."""
        return f"{subject.token} {subject.identifier}"

    # What the protocol asks for.

    def check_settings(self, settings: Properties) -> list[Failure]:
        """What is wrong with the provider's own settings."""
        return list(check_settings(settings, self.sdk.provider))

    @abstractmethod
    def configure(self, settings: Properties) -> Any:
        """The settings in the form that the other calls find in `session.settings`."""

    def diff_settings(self, olds: Properties, news: Properties) -> Difference:
        """How a change of settings changes the provider instance: by default it never has to be replaced."""
        return difference(olds, news, lambda path: False)

    @abstractmethod
    def check(
        self, subject: Subject, olds: Properties, news: Properties, naming: NameRequest
    ) -> tuple[Properties, list[Failure]]:
        """The inputs with what the provider fills in, and what is wrong with them."""

    @abstractmethod
    def diff(
        self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties, ignore: list[str]
    ) -> Difference: ...

    @abstractmethod
    def preview_create(self, subject: Subject, inputs: Properties) -> Properties: ...

    @abstractmethod
    def create(self, subject: Subject, inputs: Properties) -> tuple[str, Properties]: ...

    @abstractmethod
    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Reading | None: ...

    @abstractmethod
    def preview_update(
        self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties
    ) -> Properties: ...

    @abstractmethod
    def update(self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties) -> Properties: ...

    @abstractmethod
    def delete(self, subject: Subject, inputs: Properties, state: Properties) -> None: ...

    @abstractmethod
    def invoke(self, session: Session, token: str, arguments: Properties) -> tuple[Properties, list[Failure]]: ...

    # What naming and creating, below, have to know of the package's resources.

    @abstractmethod
    def describe(self, subject: Subject, inputs: Properties) -> str:
        """What to call the resource in an error: its type and its name."""

    @abstractmethod
    def forces_replacement(self, subject: Subject) -> Callable[[str], bool]:
        """Which property paths cannot change in place."""

    @abstractmethod
    def automatic_name(self, subject: Subject, inputs: Properties) -> str | None:
        """The name in these inputs, if the provider chose it."""

    @abstractmethod
    def with_name(self, subject: Subject, inputs: Properties, name: str) -> Properties:
        """The inputs with this name."""

    @abstractmethod
    def carry_on(self, subject: Subject, made: Properties, inputs: Properties, *, changed: bool) -> Properties:
        """The outputs, after finishing what was begun with the inputs `made`, and updating it if they have changed."""

    def replaced_by(self, subject: Subject, olds: Properties, news: Properties) -> list[str]:
        """The properties of which a change from old to new inputs replaces the resource."""
        return difference(olds, news, self.forces_replacement(subject)).replaces

    def choose_name(
        self, subject: Subject, olds: Properties, inputs: Properties, naming: NameRequest, max_length: int = 63
    ) -> str | None:
        """The name of an unnamed resource: the one it has had, else the engine's proposal or a new one.

        None if the user wants none. A creation that the engine never learnt of counts as one that it has had.
        """
        kept = self.automatic_name(subject, plain(olds)) or self._lost_name(subject, inputs)
        return kept or new_name(naming, max_length, self.name_digits)

    def _lost_name(self, subject: Subject, inputs: Properties) -> str | None:
        """The name of what was made for this resource by an engine that was killed, if it can become what is wanted."""
        for creation in self.ledger.of(subject.urn):
            made = creation.inputs_beside(inputs)
            name = self.automatic_name(subject, made)
            if name is not None and not self.replaced_by(subject, made, self.with_name(subject, inputs, name)):
                return name
        return None

    def create_once(
        self,
        subject: Subject,
        inputs: Properties,
        exists: Callable[[], bool],
        make: Callable[[], Properties],
        *,
        repeatable: bool = False,
    ) -> Properties:
        """Make it, or carry on with what an engine that was killed has had made for this very resource; the outputs.

        `repeatable`: to make what is there already does no harm. Errors: ProviderError, RefusedError.
        """
        key = self.key(subject)
        if not repeatable and exists():
            creation = self.ledger.find(subject.urn, key)
            if creation is None:
                raise self._clash(subject, inputs)
            return self._adopt(subject, creation, inputs)
        self.ledger.add(subject.urn, key, inputs)
        try:
            return make()
        except RefusedError as error:
            if error.clashes or not exists():
                self.ledger.remove(key)
            raise

    def _adopt(self, subject: Subject, creation: Creation, inputs: Properties) -> Properties:
        """Finish what was begun for this very resource, as if the engine had seen the end of it, then update it."""
        made = creation.inputs_beside(inputs)
        found = difference(made, inputs, self.forces_replacement(subject))
        if found.replaces:
            changed = ", ".join(found.replaces)
            what = f"{self.describe(subject, made)} was made by a run that was cut off"
            raise ProviderError(f"{what}, with another {changed}: delete it, or set {changed} as it was then")
        try:
            outputs = self.carry_on(subject, made, inputs, changed=bool(found.changes))
        except InitializationFailedError:  # the update was made, but does not work yet
            self.ledger.add(subject.urn, self.key(subject), inputs)
            raise
        self.ledger.add(subject.urn, self.key(subject), inputs)
        return outputs

    def _clash(self, subject: Subject, inputs: Properties) -> ProviderError:
        command = f"pulumi import {subject.token} {subject.name} {subject.identifier}"
        hint = f"choose another name, or adopt it with the Pulumi CLI: `{command}`"
        return ProviderError(f"{self.describe(subject, inputs)} exists already; {hint}")

    @contextmanager
    def naming(self, verb: str, subject: Subject, inputs: Properties) -> Iterator[None]:
        """Have a service's refusal say what could not be done, and with which resource."""
        try:
            yield
        except RefusedError as error:
            if verb == "create" and error.clashes:
                raise self._clash(subject, inputs) from error
            raise ProviderError(f"could not {verb} {self.describe(subject, inputs)}: {error}") from error
