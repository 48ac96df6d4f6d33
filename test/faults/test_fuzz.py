"""A small share of what `make fuzz` throws."""

import random

import numpy as np

from diffusion_mpc_ros.faults.fuzz import fuzz_bundles, fuzz_chunks


def test_no_chunk_makes_an_unsafe_target() -> None:
    result = fuzz_chunks(3000, np.random.default_rng(3))
    assert result["unsafe"] == 0
    assert 0 < result["refused"] < result["thrown"]


def test_no_altered_bundle_loads() -> None:
    assert fuzz_bundles(20, random.Random(4)) == {"tried": 20, "accepted": []}
