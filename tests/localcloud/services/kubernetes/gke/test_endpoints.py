"""Where a new cluster is put."""

from __future__ import annotations

from localcloud import loopback
from localcloud.loopback import Address
from localcloud.services.kubernetes.gke.endpoints import API_PORT, MOST_CLUSTERS, NETWORKS, free_endpoint


def everything(address: Address) -> bool:
    return True


def as_on_macos(address: Address) -> bool:
    return address[0] == "127.0.0.1"


def test_each_cluster_of_a_cloud_has_a_network_of_its_own() -> None:
    first = free_endpoint(8480, [], everything)
    one, two, three = [(f"127.55.{number}.1", API_PORT) for number in (1, 2, 3)]
    assert first == one
    assert free_endpoint(8480, [one], everything) == two
    assert free_endpoint(8480, [one, two], lambda at: at != three) == ("127.56.1.1", API_PORT)


def test_a_cloud_whose_port_leads_to_another_s_network_takes_the_next() -> None:
    first = free_endpoint(8480, [])
    assert first is not None
    with loopback.listen(first):
        second = free_endpoint(8480 + len(NETWORKS), [])
        assert second is not None
        assert second[0] != first[0]
        assert second[0].startswith("127.")


def test_where_only_one_address_can_be_had_clusters_have_a_port_each() -> None:
    assert free_endpoint(8480, [], as_on_macos) == ("127.0.0.1", API_PORT)
    assert free_endpoint(8480, [("127.0.0.1", API_PORT)], as_on_macos) == ("127.0.0.1", API_PORT + 1)
    taken = ("127.0.0.1", API_PORT)
    assert free_endpoint(1, [], lambda at: as_on_macos(at) and at != taken) == ("127.0.0.1", API_PORT + 1)


def test_there_may_be_nothing_left() -> None:
    assert free_endpoint(8480, [], lambda at: False) is None
    shared = [("127.0.0.1", API_PORT + step) for step in range(MOST_CLUSTERS)]
    assert free_endpoint(8480, shared, as_on_macos) is None
