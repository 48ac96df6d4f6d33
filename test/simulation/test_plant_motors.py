from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diffusion_mpc_ros.robot.low_level import POS_STOP, VEL_STOP, MotorCommand
from diffusion_mpc_ros.robot.spec import TORQUE_LIMIT
from diffusion_mpc_ros.simulation.plant.motors import motor_torque


def rows(bound: float) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, 12, elements=st.floats(-bound, bound))


def command(**fields: np.ndarray) -> MotorCommand:
    zero = np.zeros(12)
    return replace(MotorCommand(np.ones(12, dtype=bool), zero, zero, zero, zero, zero), **fields)


def test_torque_is_the_pd_law_plus_feed_forward() -> None:
    one = np.ones(12)

    torque = motor_torque(
        command(q=0.3 * one, dq=0.5 * one, tau=2 * one, kp=10 * one, kd=4 * one), 0.1 * one, 0.25 * one
    )

    np.testing.assert_allclose(torque, 2 + 10 * (0.3 - 0.1) + 4 * (0.5 - 0.25))


@given(q=rows(1e6), dq=rows(1e6), tau=rows(1e6), kp=rows(1e4), kd=rows(1e4))
def test_no_command_exceeds_the_torque_limits(
    q: np.ndarray, dq: np.ndarray, tau: np.ndarray, kp: np.ndarray, kd: np.ndarray
) -> None:
    torque = motor_torque(command(q=q, dq=dq, tau=tau, kp=abs(kp), kd=abs(kd)), np.zeros(12), np.zeros(12))

    assert (np.abs(torque) <= TORQUE_LIMIT).all()


def test_stop_values_switch_their_loop_off() -> None:
    one = np.ones(12)
    gains = {"kp": 10 * one, "kd": 2 * one}

    position_off = command(q=np.full(12, np.float32(POS_STOP)), dq=0 * one, **gains)
    velocity_off = command(q=0 * one, dq=np.full(12, VEL_STOP), **gains)

    np.testing.assert_allclose(motor_torque(position_off, 0.1 * one, 0.5 * one), -2 * 0.5)
    np.testing.assert_allclose(motor_torque(velocity_off, 0.1 * one, 0.5 * one), -10 * 0.1)


def test_a_motor_that_is_not_enabled_gives_no_torque() -> None:
    enabled = np.arange(12) % 2 == 0

    torque = motor_torque(command(enabled=enabled, tau=np.ones(12)), np.zeros(12), np.zeros(12))

    np.testing.assert_array_equal(torque, enabled.astype(float))
