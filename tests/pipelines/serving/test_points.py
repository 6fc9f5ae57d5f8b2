"""The shortest way gives the same answers as the long one, or none."""

from __future__ import annotations

import gzip

import orjson
import pytest

from pipelines.serving.http.messages import Answer, Request
from pipelines.serving.lookup_routes import LookupRoutes, RefusedError
from pipelines.serving.points import Points
from pipelines.serving.snapshot import Snapshot
from tests.pipelines.serving.client import header
from tests.pipelines.serving.published import DRIVES, READINGS, START, drive, mapped

ARROW = b"application/vnd.apache.arrow.stream"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Drives of 1, 10, 99, 100 and 80 long logs, in two databases."""
    counts = {"one": 1, "a/b%ü": 1, "ten": 10, "99": 99, "100": 100}
    logs = [drive(key, source_sha256=f"{index:064x}") for key, count in counts.items() for index in range(count)]
    long = [drive("long", source_sha256=f"{index:064x}", source_uri=f"gs://{index}" * 50) for index in range(80)]
    row = {"sensor": -7, "day": START.date(), "taken": START, "good": False, "place": 3, "value": 0.5}
    folder = tmp_path_factory.mktemp("points")
    tables = {"drives": mapped(DRIVES, [*logs, *long], 2, folder), "readings": mapped(READINGS, [row], 1, folder)}
    return Snapshot("one", None, tables)


def asked(snapshot: Snapshot, target: str, method: bytes = b"GET", **headers: bytes) -> Answer | None:
    sent = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return Points(snapshot).answer(Request(method, target.encode(), sent))


@pytest.mark.parametrize("key", ["drives/one", "drives/a%2Fb%25%C3%BC", "drives/99", "readings/-7"])
def test_rows_are_those_of_the_long_way(snapshot: Snapshot, key: str) -> None:
    answer = asked(snapshot, f"/v1/{key}")
    assert answer is not None
    lookup = LookupRoutes(snapshot).understand(b"GET", key.encode().split(b"/"), b"", b"")
    assert (answer.status, answer.body, answer.lasting) == (200, lookup.look_up().body, True)


@pytest.mark.parametrize(
    "target",
    [
        *("/v1/drives/100", "/v1/drives/one?limit=1", "/v1/drives/one/scenarios", "/v1/drives", "/v1/nothing/one"),
        *("/v1/drives/%FF", "/v1/readings/x", "/v1/drives?x=/one", "/healthz", "/", "", "*"),
    ],
)
def test_the_rest_goes_the_long_way(snapshot: Snapshot, target: str) -> None:
    assert asked(snapshot, target) is None


def test_so_do_other_methods_forms_and_conditions(snapshot: Snapshot) -> None:
    assert asked(snapshot, "/v1/drives/one", b"POST") is None
    assert asked(snapshot, "/v1/drives/one", if_none_match=b"*") is None
    assert asked(snapshot, "/v1/drives/one", accept=ARROW) is None
    assert asked(snapshot, "/v1/drives/one", accept=b"text/html") is None


def test_a_key_that_is_not_there_is_refused(snapshot: Snapshot) -> None:
    with pytest.raises(RefusedError, match=r"^there are no drives with the drive_id 'none'$"):
        asked(snapshot, "/v1/drives/none")


def test_what_is_neither_short_nor_long_is_packed(snapshot: Snapshot) -> None:
    packed: dict[str, Answer | None] = {}
    for key in ("one", "ten", "long"):
        packed[key] = asked(snapshot, f"/v1/drives/{key}", accept_encoding=b"gzip")
    plain = asked(snapshot, "/v1/drives/ten")
    one, ten = packed["one"], packed["ten"]
    assert one is not None
    assert ten is not None
    assert plain is not None
    assert (header(one, "content-encoding"), len(orjson.loads(one.body)["drives"])) == (None, 1)
    assert (header(ten, "content-encoding"), gzip.decompress(ten.body)) == ("gzip", plain.body)
    assert packed["long"] is None
