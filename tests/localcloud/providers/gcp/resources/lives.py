"""The life of a resource over the protocol, the same for every type: what each type's test says of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from pulumi.runtime.proto import provider_pb2

from localcloud.providers.gcp.registry import declared
from localcloud.wire.typed import decode
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle

SOME = provider_pb2.DiffResponse.DIFF_SOME
NONE = provider_pb2.DiffResponse.DIFF_NONE
PLACE = "projects/test-project/locations/us-central1"
LABELS = {"goog-pulumi-provisioned": "true", "team": "fleet"}
MEMBER = {"role": "roles/storage.objectViewer", "member": "serviceAccount:job@p.iam.gserviceaccount.com"}


@dataclass
class Case:
    """`update`: inputs that change in place; `replace`: inputs that replace, with what `replaces` says."""

    inputs: dict[str, Any]
    id: str
    outputs: dict[str, Any] = field(default_factory=dict)
    stored: str = ""
    update: dict[str, Any] | None = None
    replace: dict[str, Any] | None = None
    replaces: list[str] = field(default_factory=list)
    before: bool = True
    """Whether the old one is deleted first, because the new one has its name."""


def tokens_of(module: ModuleType) -> set[str]:
    """The types that a file of the package declares."""
    return {token for token, kind in declared().items() if type(kind).__module__ == module.__name__}


def live_through(gcp: Engine, google: FakeGoogle, token: str, case: Case) -> None:
    """Preview, create, compare, update, compare, replace, read and delete it, over the protocol."""
    preview = gcp.preview(token, "subject", case.inputs)
    assert case.inputs.items() <= preview.items()

    state = gcp.create(token, "subject", case.inputs)
    assert state.id == case.id or (case.id.endswith("/") and state.id.startswith(case.id))
    assert {key: state.outputs.get(key) for key in case.outputs} == case.outputs
    assert not case.stored or case.stored in google.resources
    assert gcp.diff(state, case.inputs).changes == NONE

    if case.update is not None:
        wanted = {**case.inputs, **case.update}
        answer = gcp.diff(state, wanted)
        assert (answer.changes, list(answer.replaces), set(answer.diffs)) == (SOME, [], set(case.update))
        assert gcp.update(state, wanted, preview=True).outputs
        state = gcp.update(state, wanted)
        assert case.update.items() <= state.outputs.items()
        assert gcp.diff(state, wanted).changes == NONE

    if case.replace is not None:
        answer = gcp.diff(state, {**state.inputs, **case.replace})
        assert list(answer.replaces) == case.replaces
        assert answer.deleteBeforeReplace == case.before

    found = gcp.read(state)
    assert found.id == state.id
    assert decode(found.inputs) == state.inputs
    gcp.delete(state)
    assert not case.stored or case.stored not in google.resources
    gcp.delete(state)
    if case.stored:
        assert gcp.read(state).id == ""
