"""Domains that nobody uses."""

import random
import socket

import pytest

from diffusion_mpc_ros.demo.domains import PORT_BASE, PORTS_PER_DOMAIN, free_domain_ids


def test_domains_are_distinct_and_never_the_robots() -> None:
    ids = free_domain_ids(5, random.Random(1))
    assert len(set(ids)) == 5
    assert 0 not in ids


def test_a_domain_in_use_is_not_chosen() -> None:
    (expected,) = free_domain_ids(1, random.Random(2))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("", PORT_BASE + PORTS_PER_DOMAIN * expected))
        assert free_domain_ids(1, random.Random(2)) != [expected]


def test_no_free_domain_is_an_error_with_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    (taken_id,) = free_domain_ids(1, random.Random(3))
    monkeypatch.setattr("diffusion_mpc_ros.demo.domains.CANDIDATES", range(taken_id, taken_id + 1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("", PORT_BASE + PORTS_PER_DOMAIN * taken_id))
        with pytest.raises(RuntimeError, match="expected 1, found 0 of 1"):
            free_domain_ids(1, random.Random(3))
