"""URNs: how they are made, taken apart, and what a resource was called before."""

from __future__ import annotations

from localcloud.wire import urns

STACK = urns.make("dev", "demo", "", urns.STACK_TYPE, "demo-dev")
GROUP = urns.make("dev", "demo", STACK, "my:index:Group", "g")
CHILD = urns.make("dev", "demo", GROUP, "gcp:storage/bucket:Bucket", "g-logs")


def test_the_types_of_parents_are_part_of_a_urn() -> None:
    assert GROUP == "urn:pulumi:dev::demo::my:index:Group::g"
    assert CHILD == "urn:pulumi:dev::demo::my:index:Group$gcp:storage/bucket:Bucket::g-logs"
    assert urns.type_of(CHILD) == "gcp:storage/bucket:Bucket"
    assert urns.name_of("urn:pulumi:dev::demo::my:index:Group::a::b") == "a::b"


def test_an_alias_says_what_was_different() -> None:
    without_parent = urns.Alias(no_parent=True).resolve(CHILD, GROUP, {})
    assert without_parent == "urn:pulumi:dev::demo::gcp:storage/bucket:Bucket::g-logs"
    assert urns.Alias(stack="old").resolve(GROUP, STACK, {}) == "urn:pulumi:old::demo::my:index:Group::g"
    assert urns.Alias(urn="urn:pulumi:x::y::t::n").resolve(CHILD, GROUP, {}) == "urn:pulumi:x::y::t::n"


def test_a_child_follows_the_alias_of_its_parent() -> None:
    old_group = urns.make("dev", "demo", STACK, "my:index:Old", "h")
    assert urns.inherited(CHILD, GROUP, old_group).endswith("::my:index:Old$gcp:storage/bucket:Bucket::h-logs")


def test_providers_and_their_packages() -> None:
    assert urns.package_of("gcp:storage/bucket:Bucket") == "gcp"
    assert urns.package_of("pulumi:providers:gcp") == "gcp"
    reference = "urn:pulumi:dev::demo::pulumi:providers:gcp::default_10_2_0::0f8fad5b"
    assert urns.split_reference(reference) == (reference.rpartition("::")[0], "0f8fad5b")
    assert urns.default_provider_name("10.2.0", "") == "default_10_2_0"
    assert urns.default_provider_name("", "") == "default"
