"""Settings of the whole test suite."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import Phase, settings

from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.safety.joint_spec import JointSpec

# Timings belong in benchmarks: a busy machine must not fail a property.
settings.register_profile("project", deadline=None)
# For sabotage.py, which only asks whether a test goes red.
settings.register_profile("sabotage", deadline=None, phases=[Phase.explicit, Phase.generate])
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    """For a longer look than the suite takes."""
    text = "random parameter sets that the running planner is given (test_parameter_storm.py)"
    parser.addoption("--parameter-sets", type=int, default=300, help=text)


@pytest.fixture(scope="session")
def go2() -> JointSpec:
    """The Go2's numbers for execution."""
    return spec.JOINTS


@pytest.fixture(scope="session")
def program() -> Callable[[Path], ModuleType]:
    """Imports a program that is in no package."""

    def load(path: Path) -> ModuleType:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # where dataclasses look
        spec.loader.exec_module(module)
        return module

    return load
