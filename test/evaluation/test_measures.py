"""What is measured of a motion, by hand."""

import numpy as np
import pytest

from diffusion_mpc_ros.evaluation.measures import (
    PENALTIES,
    REAR_CALF_TARGET,
    REAR_CALVES,
    TRACKING,
    EpisodeError,
    Outcome,
    joint_velocity,
    measured,
)
from diffusion_mpc_ros.evaluation.motion import Motion
from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES

NUM = 2


def motion(
    velocity: tuple[float, ...] = (0.0, 0.0, 0.0),
    gravity: tuple[float, ...] = (0.0, 0.0, -1.0),
    q: float = 0.0,
    dq: float = 0.0,
    power: float = 0.0,
    alive: tuple[bool, bool] = (True, True),
) -> Motion:
    """Two robots that do the same, commanded 1 m/s forward."""
    return Motion(
        command=np.tile((1.0, 0.0, 0.0), (NUM, 1)),
        velocity=np.tile(velocity, (NUM, 1)),
        gravity=np.tile(gravity, (NUM, 1)),
        q=np.full((NUM, 12), q),
        dq=np.full((NUM, 12), dq),
        power=np.full(NUM, power),
        alive=np.array(alive),
    )


def of(measure: str, now: Motion, before: Motion | None = None) -> float:
    value = {**PENALTIES, **TRACKING}[measure](now, before or motion())
    assert value.shape == (NUM,)
    return float(value[0])


def test_joint_penalties_are_means_of_squares_over_the_joints() -> None:
    assert of("joint_velocity", motion(dq=3.0)) == pytest.approx(9.0)
    assert of("joint_acceleration", motion(dq=3.0), motion(dq=2.9)) == pytest.approx(5.0**2)


@pytest.mark.parametrize("objective", REAR_CALF_TARGET)
def test_posture_looks_at_the_rear_calves_only(objective: str) -> None:
    assert [JOINT_NAMES[joint] for joint in REAR_CALVES] == ["RR_calf_joint", "RL_calf_joint"]
    now = motion()
    now.q[:, REAR_CALVES] = REAR_CALF_TARGET[objective] + np.array([0.1, -0.3])
    assert of(objective, now) == pytest.approx((0.01 + 0.09) / 2)


def test_balancing_adds_tilt_and_its_change() -> None:
    tilted = motion(gravity=(0.6, 0.0, -0.8))
    assert of("balancing", tilted, tilted) == pytest.approx(0.2)
    assert of("balancing", motion(), tilted) == pytest.approx(0.05 * (0.6 + 0.2))
    assert of("balancing", motion()) == 0.0


def test_energy_is_the_power() -> None:
    assert of("energy", motion(power=120.0)) == 120.0


def test_tracking_is_the_exponential_of_the_squared_error() -> None:
    assert of("linear", motion(velocity=(1.0, 0.0, 9.0))) == 1.0
    assert of("linear", motion(velocity=(0.7, 0.4, 0.0))) == pytest.approx(np.exp(-0.25 / 0.25))
    assert of("angular", motion(velocity=(0.0, 9.0, -0.5))) == pytest.approx(np.exp(-1.0))


def test_means_leave_out_the_start_and_who_fell() -> None:
    ticks = [motion(dq=dq, alive=(True, dq < 3.0)) for dq in (100.0, 1.0, 2.0, 3.0)]
    for tick in ticks:
        tick.dq[1] = 50.0
    outcome = measured(ticks, {"joint_velocity": joint_velocity}, settling=2)
    assert outcome.survival == 0.5
    assert outcome.means == {"joint_velocity": pytest.approx((4.0 + 9.0) / 2)}


def test_means_of_nobody_are_not_numbers() -> None:
    outcome = measured([motion(alive=(False, False))] * 3, {"joint_velocity": joint_velocity}, settling=1)
    assert outcome.survival == 0.0
    assert np.isnan(outcome.means["joint_velocity"])


def test_an_episode_that_never_settles_is_refused() -> None:
    with pytest.raises(EpisodeError, match="expected more than 5 ticks, got 4"):
        measured([motion()] * 4, PENALTIES, settling=5)


def test_tracking_against_a_reference_is_the_worse_of_both() -> None:
    reference = Outcome(1.0, {"linear": 0.8, "angular": 0.9})
    assert Outcome(1.0, {"linear": 0.8, "angular": 0.45}).tracking(reference) == pytest.approx(0.5)
    assert reference.tracking(reference) == 1.0
