"""Functions over ranges of addresses."""

from ipaddress import ip_network
from typing import Any

from infra.check.evaluate.functions.registry import plain


@plain("cidrSubnet")
def cidr_subnet(network: str, size: int, number: int) -> str:
    """Return the range of that number and size in a larger one."""
    whole = ip_network(network)
    count = 2 ** max(size - whole.prefixlen, 0)
    if not (whole.prefixlen <= size <= whole.max_prefixlen and 0 <= number < count):
        raise ValueError(f"{network} has no range {number} of size /{size}")
    start = whole.network_address + number * 2 ** (whole.max_prefixlen - size)
    return f"{start}/{size}"


@plain("cidrHost")
def cidr_host(network: str, number: int) -> str:
    """Return the address of that number in a range; 0 is the first that a host may have."""
    whole = ip_network(network)
    if not 0 <= number < whole.num_addresses - 1:
        raise ValueError(f"{network} has no host {number}")
    return str(whole.network_address + number + 1)


@plain("parseCidr")
def parse_cidr(network: str) -> dict[str, Any]:
    """Return what a range of addresses consists of."""
    whole = ip_network(network, strict=False)
    return {
        "network": str(whole.network_address), "netmask": str(whole.netmask),
        "broadcast": str(whole.broadcast_address), "cidr": whole.prefixlen,
        "firstUsable": str(whole.network_address + 1), "lastUsable": str(whole.broadcast_address - 1),
    }  # fmt: skip
