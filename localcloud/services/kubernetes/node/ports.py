"""Telling a process its port, where a pod shares one address with all others and its containerPort has another number.

A process knows its port from its command, arguments and environment: there the containerPort is replaced by the pod's
hostPort. A port that none of them names could be told to nobody: it is refused, as a mount is that nothing names.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from localcloud.images.registry import Process
from localcloud.services.kubernetes.api.addresses import container_ports, is_on_host_network
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.node.environment import ADDRESSES, ConfigurationError

OWN_HOSTS = ("127.0.0.1", "0.0.0.0", "localhost", "[::]", "[::1]", "*", "")
BEFORE = r"^|[\s=,;'\"(]|(?<![\w.\])}}-])(?:{hosts}):"
"""What stands before a port: nothing, a separator, or an address of the pod's own. Another host's port is its own."""


def teller(pod: Object, container: Object) -> Callable[[str], str]:
    """A function that puts the pod's ports of this machine into a text of one of its containers."""
    ports = {str(port["containerPort"]): str(port["hostPort"]) for port in container_ports(pod) if "hostPort" in port}
    if not ports or not is_on_host_network(pod):
        return str
    names = [
        entry["name"]
        for entry in container.get("env") or []
        if ((entry.get("valueFrom") or {}).get("fieldRef") or {}).get("fieldPath") in ADDRESSES
    ]
    own = [*OWN_HOSTS, *(form.format(name) for name in names for form in ("$({})", "${}", "${{{}}}"))]
    before = BEFORE.format(hosts="|".join(map(re.escape, own)))
    port = re.compile(rf"({before})({'|'.join(ports)})(?![\w.])")
    return lambda text: port.sub(lambda found: found[1] + ports[found[2]], text)


def require_told(pod: Object, container: Object, process: Process) -> None:
    """ConfigurationError for a port of a container that its process does not hear of."""
    texts = [*process.argv, *process.env.values()]
    own = [port["containerPort"] for port in container.get("ports") or []]
    for port in container_ports(pod) if is_on_host_network(pod) else []:
        if port["containerPort"] in own and not any(str(port.get("hostPort")) in text for text in texts):
            message = (
                f"containerPort {port['containerPort']} of container {container['name']} is named in no command, args "
                f"or env: its process can't be told its port on this machine, whose pods share one address"
            )
            raise ConfigurationError(message)
