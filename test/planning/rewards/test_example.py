"""The worked example of docs/objectives.md, installed as the separate package that it is."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from diffusion_mpc_ros.planning.rewards.registry import BUILT_IN
from diffusion_mpc_ros.planning.rewards.term import RewardTerm

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLE = DOCS / "examples" / "quiet_roll"
SCRIPT = """
import json

import numpy as np
import quiet_roll

from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.noise import NoiseBank
from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.sampler import Sampler
from diffusion_mpc_ros.planning.sampling import Given
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.robot.spec import LIMITS

schema = ObjectiveSchema.of(LIMITS)


class Toy:
    def given(self, s0, candidates):
        return lambda tau, k: np.tanh(np.float32(0.7) * tau)


prior = Prior(Toy(), Schedule.cosine(10), Normalization(np.zeros(57), np.ones(57)), 11)


def planned(**parameters):
    objective = schema.objective({f"quiet_roll.{name}": value for name, value in parameters.items()})
    sampler = Sampler(prior, NoiseBank(np.random.default_rng(0)))
    given = Given.of(np.zeros((20, 45), np.float32))
    return sampler(objective.reward, objective.constraints, objective.sampling, given).best


def slope(term, tau, direction, step=1e-6):
    ahead, behind = term.value(tau + step * direction, 0), term.value(tau - step * direction, 0)
    return ((ahead - behind) / (2 * step)).tolist()


((weight, term),) = schema.objective({"quiet_roll.weight": 3.0, "quiet_roll.free_rate": 0.1}).reward.terms
tau, direction = np.random.default_rng(1).normal(size=(2, 4, 11, 57))
derivative = np.zeros_like(tau)
term.add_gradient(tau, 0, 1.0, derivative)
print(
    json.dumps(
        {
            "file": quiet_roll.__file__,
            "specs": {spec.name: spec.text for spec in schema.specs if spec.name.startswith("quiet_roll.")},
            "term": [weight, term.name, term.free_rate],
            "differences": slope(term, tau, direction),
            "gradient": np.sum(derivative * direction, axis=(1, 2)).tolist(),
            "roll_rate": [float(np.abs(planned(weight=w)[..., 0]).mean()) for w in (0.0, 1.0, 100.0)],
        }
    )
)
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh process says that has the package on its path."""
    workspace = tmp_path_factory.mktemp("own_term")
    source, target = workspace / "source", workspace / "site"
    shutil.copytree(EXAMPLE, source)  # a build leaves files beside the source
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-index", "--no-deps"]
    install = [*pip, "--no-build-isolation", "--target", str(target), str(source)]
    built = subprocess.run(install, capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stdout + built.stderr
    environment = {**os.environ, "PYTHONPATH": str(target)}
    command = [sys.executable, "-c", SCRIPT]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, cwd=workspace)
    assert result.returncode == 0, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return {**document, "site": str(target)}


def test_the_installed_term_is_declared_and_used(report: dict[str, Any]) -> None:
    assert report["file"].startswith(report["site"])
    assert set(report["specs"]) == {"quiet_roll.weight", "quiet_roll.free_rate"}
    assert report["specs"]["quiet_roll.free_rate"] == "Roll rate that costs nothing, rad/s"
    assert report["term"] == [3.0, "quiet_roll", 0.1]


def test_its_gradient_is_right_and_guides(report: dict[str, Any]) -> None:
    assert report["gradient"] == pytest.approx(report["differences"], rel=1e-6)
    free, weak, strong = report["roll_rate"]
    assert strong < weak < free


@pytest.mark.parametrize("name", ["quiet_roll.py", "pyproject.toml"])
def test_the_document_shows_the_files_as_they_are(name: str) -> None:
    assert f"\n{(EXAMPLE / name).read_text()}```\n" in (DOCS / "objectives.md").read_text()


@pytest.mark.parametrize("term", BUILT_IN, ids=lambda term: term.name)
def test_the_document_explains_every_term(term: type[RewardTerm]) -> None:
    text = (DOCS / "objectives.md").read_text()
    assert f"\n| `{term.name}` |" in text
    assert f"**`{term.name}`**" in text
