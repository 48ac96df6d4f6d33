"""Settings of the whole test suite."""

import pytest
from hypothesis import Phase, settings

from diffusion_mpc_ros.execution.joint_spec import JointSpec
from diffusion_mpc_ros.robot import spec

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
    return JointSpec(
        lower=spec.JOINT_LOWER,
        upper=spec.JOINT_UPPER,
        torque_limit=spec.TORQUE_LIMIT,
        velocity_limit=spec.VELOCITY_LIMIT,
        stand_pose=spec.STAND_POSE,
        lie_pose=spec.LIE_POSE,
        kp=spec.KP,
        kd=spec.KD,
    )
