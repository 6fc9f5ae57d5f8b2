"""Types read from the SDK's text, against the same types by importing the SDK."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pulumi_gcp.storage
import pulumi_kubernetes.core.v1
import pytest
from pulumi._types import input_type_py_to_pulumi_names

from localcloud.providers.sdk_types import Choice, ListOf, MapOf, ObjectType, OneOf, Reference, Scalar, Sdk, Type

ARGUMENTS = [
    ("pulumi_gcp", "gcp:storage/bucket:Bucket", pulumi_gcp.storage.BucketArgs),
    ("pulumi_gcp", "gcp:storage/bucketObject:BucketObject", pulumi_gcp.storage.BucketObjectArgs),
    ("pulumi_gcp", "gcp:storage/bucketIAMMember:BucketIAMMember", pulumi_gcp.storage.BucketIAMMemberArgs),
    ("pulumi_kubernetes", "kubernetes:core/v1:Pod", pulumi_kubernetes.core.v1.PodInitArgs),
]


def resolved(kind: Type) -> Type:
    return kind.resolve() if isinstance(kind, Reference) else kind


@pytest.mark.parametrize(("package", "token", "imported"), ARGUMENTS, ids=[case[1] for case in ARGUMENTS])
def test_names_and_requirements_are_those_of_the_imported_class(package: str, token: str, imported: type) -> None:
    schema = Sdk(package).resource(token)
    assert schema is not None
    names = input_type_py_to_pulumi_names(imported)
    parameters = list(inspect.signature(imported.__init__).parameters.values())[1:]
    assert set(schema.inputs.properties) == {names[parameter.name] for parameter in parameters}
    required = {names[parameter.name] for parameter in parameters if parameter.default is inspect.Parameter.empty}
    assert schema.inputs.required == required


def test_nested_types() -> None:
    bucket = Sdk("pulumi_gcp").resource("gcp:storage/bucket:Bucket")
    assert bucket is not None
    assert bucket.inputs.properties["labels"] == MapOf(Scalar("string"))
    rules = bucket.inputs.properties["lifecycleRules"]
    assert isinstance(rules, ListOf)
    rule = resolved(rules.item)
    assert isinstance(rule, ObjectType)
    assert rule.required == {"action", "condition"}
    assert {"selfLink", "url", "effectiveLabels"} <= bucket.outputs


def test_enums_and_literals() -> None:
    service = Sdk("pulumi_kubernetes").resource("kubernetes:core/v1:Service")
    assert service is not None
    assert service.inputs.properties["kind"] == Choice(("Service",))
    spec = resolved(service.inputs.properties["spec"])
    assert isinstance(spec, ObjectType)
    kind = spec.properties["type"]
    assert isinstance(kind, OneOf)
    assert resolved(kind.options[1]) == Choice(("ExternalName", "ClusterIP", "NodePort", "LoadBalancer"))


def test_names_that_are_no_identifiers() -> None:
    definition = Sdk("pulumi_kubernetes").resource("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition")
    assert definition is not None
    spec = resolved(definition.inputs.properties["spec"])
    assert isinstance(spec, ObjectType)
    versions = spec.properties["versions"]
    assert isinstance(versions, ListOf)
    version = resolved(versions.item)
    assert isinstance(version, ObjectType)
    validation = resolved(version.properties["schema"])
    assert isinstance(validation, ObjectType)
    properties = resolved(validation.properties["openAPIV3Schema"])
    assert isinstance(properties, ObjectType)
    assert properties.properties["$ref"] == Scalar("string")


def test_nothing_of_the_sdk_is_imported() -> None:
    read = "Sdk('pulumi_gcp').resource('gcp:compute/network:Network')"
    program = f"import sys; from localcloud.providers.sdk_types import Sdk; {read}; print('pulumi_gcp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_type_that_the_sdk_lacks() -> None:
    assert Sdk("pulumi_gcp").resource("gcp:storage/bucket:Bukket") is None
