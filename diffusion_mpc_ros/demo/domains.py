"""DDS domains that nobody on this machine uses."""

import random
import socket

PORT_BASE = 7400
PORTS_PER_DOMAIN = 250
"""Discovery port of a domain = base + per domain x id (DDSI-RTPS 2.5, section 9.6.2.3)."""

CANDIDATES = range(1, 101)
"""Not 0, which is a real robot's; above 101 the ports are in Linux's ephemeral range."""


def free_domain_ids(count: int, rng: random.Random) -> list[int]:
    """Distinct random domain ids whose discovery port no process holds.

    Raises:
        RuntimeError: fewer than ``count`` are free.
    """
    shuffled = rng.sample(CANDIDATES, len(CANDIDATES))
    free: list[int] = []
    for domain_id in shuffled:
        if len(free) < count and _is_free(domain_id):
            free.append(domain_id)
    if len(free) < count:
        raise RuntimeError(f"free DDS domains: expected {count}, found {len(free)} of {len(CANDIDATES)}")
    return free


def _is_free(domain_id: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", PORT_BASE + PORTS_PER_DOMAIN * domain_id))
        except OSError:
            return False
    return True
