"""Names for unnamed resources."""

from __future__ import annotations

import re

from pulumi.runtime.proto import provider_pb2

from tests.localcloud.providers.engine import Engine

BUCKET = "gcp:storage/bucket:Bucket"
Options = provider_pb2.CheckRequest.AutonamingOptions


def test_names_are_made_once_and_kept(gcp: Engine) -> None:
    first = gcp.checked(BUCKET, "Landing", {"location": "US"})
    assert re.fullmatch(r"landing-[0-9a-f]{7}", first["name"])
    assert "name" in first["__defaults"]
    assert gcp.checked(BUCKET, "Landing", {"location": "US"})["name"] == first["name"]
    assert gcp.check(BUCKET, "Landing", {"location": "US"}, randomSeed=b"other seed")[0]["name"] != first["name"]
    kept = gcp.check(BUCKET, "Landing", {"location": "EU"}, first, randomSeed=b"other seed")[0]
    assert kept["name"] == first["name"]
    unseeded = {gcp.check(BUCKET, "Landing", {"location": "US"}, randomSeed=b"")[0]["name"] for _ in range(3)}
    assert len(unseeded) == 3


def test_explicit_name_taken_away_is_not_kept(gcp: Engine) -> None:
    explicit = gcp.checked(BUCKET, "landing", {"location": "US", "name": "my-bucket"})
    assert gcp.checked(BUCKET, "landing", {"location": "US"}, explicit)["name"] != "my-bucket"


def test_engine_can_rule_over_names(gcp: Engine) -> None:
    proposed = Options(proposed_name="prod-landing", mode=Options.ENFORCE)
    assert gcp.check(BUCKET, "landing", {"location": "US"}, autonaming=proposed)[0]["name"] == "prod-landing"
    failures = gcp.check(BUCKET, "landing", {"location": "US"}, autonaming=Options(mode=Options.DISABLE))[1]
    assert failures == {"name": "missing: automatic naming is disabled, so give the resource a name"}


def test_names_fit_their_service(gcp: Engine) -> None:
    account = gcp.checked("gcp:serviceaccount/account:Account", "a-rather-long-name-for-a-service-account", {})
    assert re.fullmatch(r"a-rather-long-name-for-[0-9a-f]{7}", account["accountId"])
