"""The private network that jobs and clusters run in: no public addresses, Google's APIs reached privately."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(kw_only=True)
class NetworkArgs:
    """Arguments of Network.

    region: region of the subnetwork.
    node_range, pod_range, service_range: CIDR ranges of machines, pods and Services; they must not overlap.
    """

    region: pulumi.Input[str]
    node_range: pulumi.Input[str] = "10.0.0.0/20"
    pod_range: pulumi.Input[str] = "10.4.0.0/14"
    service_range: pulumi.Input[str] = "10.8.0.0/20"


class Network(pulumi.ComponentResource):
    """A network with one subnetwork and a firewall that lets the subnetwork's machines talk to each other.

    Outputs: network_id, subnetwork_id.
    """

    network_id: pulumi.Output[str]
    subnetwork_id: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:network:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        network = gcp.compute.Network(name, name=name, auto_create_subnetworks=False, opts=child)
        subnetwork = gcp.compute.Subnetwork(
            f"{name}-subnetwork",
            name=f"{name}-subnetwork",
            network=network.id,
            region=args.region,
            ip_cidr_range=args.node_range,
            private_ip_google_access=True,
            secondary_ip_ranges=[
                {"range_name": "pods", "ip_cidr_range": args.pod_range},
                {"range_name": "services", "ip_cidr_range": args.service_range},
            ],
            opts=child,
        )
        gcp.compute.Firewall(
            f"{name}-internal",
            name=f"{name}-internal",
            network=network.id,
            direction="INGRESS",
            source_ranges=[args.node_range],
            allows=[{"protocol": "tcp"}, {"protocol": "udp"}, {"protocol": "icmp"}],
            opts=child,
        )
        self.network_id = network.id
        self.subnetwork_id = subnetwork.id
        self.register_outputs({"network_id": self.network_id, "subnetwork_id": self.subnetwork_id})
