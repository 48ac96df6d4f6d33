"""The batched evaluation runs what the robot runs: parity with the executor's own controller."""

from itertools import count

import numpy as np
import pytest

from diffusion_mpc_ros.closed_loop.deployed_objective import deployed_objective
from diffusion_mpc_ros.closed_loop.rollout import DeployedPlanner, rollout
from diffusion_mpc_ros.execution.action_chunk import ActionChunk
from diffusion_mpc_ros.execution.control_output import PlanRequest
from diffusion_mpc_ros.execution.controller import Controller
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.execution.velocity_command import VelocityCommand
from diffusion_mpc_ros.planning.denoiser import Estimator, Prior
from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.observation import build_observation
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.planning.trajectory import ACTION, DT, JOINT_POSITION, WIDTH
from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.robot.spec import LIMITS
from diffusion_mpc_ros.safety.measurement import Measurement
from diffusion_mpc_ros.safety.supervisor import Mode, Request
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL

COMMAND = np.array([0.4, 0.0, 0.2])


class Sway:
    """A denoiser whose estimate depends on what it is given, so that a wrong observation or tick shows."""

    def __init__(self, normalization: Normalization) -> None:
        self._normalization = normalization

    def given(self, s0: np.ndarray, candidates: int) -> Estimator:
        return self.estimate

    def estimate(self, physical: np.ndarray, k: int) -> np.ndarray:
        tau = self._normalization.encode(physical)
        estimate = np.tanh(0.5 * tau)
        estimate[:, :, ACTION] += 0.3 * tau[:, :1, JOINT_POSITION]
        return self._normalization.decode(estimate).astype(np.float32)


def planner(horizon: int) -> Planner:
    mean = np.zeros(WIDTH)
    mean[ACTION] = mean[JOINT_POSITION] = spec.STAND_POSE
    normalization = Normalization(mean, np.full(WIDTH, 0.1))
    prior = Prior(Sway(normalization), Schedule.cosine(10), normalization, horizon)
    return Planner(prior, np.random.default_rng(5))


@pytest.mark.parametrize(
    ("horizon", "margin", "period", "commits"),
    [(6, 3, 0, True), (11, 3, 0, True), (11, 3, 0, False), (24, 3, 0, True), (11, 2, 1, True), (11, 0, 1, True)],
)
def test_targets_equal_those_of_the_executors_controller(horizon: int, margin: int, period: int, commits: bool) -> None:
    """One simulated robot, two drivers: the executor's controller fed chunk by chunk, and the batched twin."""
    objective = deployed_objective(ObjectiveSchema.of(LIMITS))
    config = ControllerConfig(margin=margin, replan_period=period, commits=commits)
    robot = BatchedGo2(1, NOMINAL, np.random.default_rng(1))
    epochs = count()
    controller = Controller(spec.JOINTS, config, lambda: f"epoch{next(epochs)}")
    tick = count()

    def measurement() -> Measurement:
        omega, gravity, q, dq = (values[0] for values in robot.sense())
        return Measurement(q=q, dq=dq, gravity=gravity, angular_velocity=omega, age_s=0.0)

    def step() -> tuple[np.ndarray, PlanRequest | None]:
        now = next(tick)
        v_x, v_y, yaw_rate = COMMAND
        command = VelocityCommand(v_x, v_y, yaw_rate, received_s=now * DT)
        output = controller.step(now, now * DT, measurement(), command)
        return output.target.q, output.plan_request

    def mode() -> Mode:
        return controller.mode

    step()
    assert controller.request(Request.STAND).accepted
    while mode() is not Mode.STANDING:
        target, _ = step()
        robot.step(target[None])
    for _ in range(100):
        target, _ = step()
        robot.step(target[None])
    assert controller.request(Request.WALK).accepted

    own, twin = planner(horizon), DeployedPlanner(planner(horizon), objective, config)
    previous = target
    for walked in range(60):
        omega, gravity, q, dq = robot.sense()
        observation = build_observation(omega, gravity, COMMAND, q, dq, previous)
        expected = twin.targets(walked, observation.reshape(1, -1))[0]
        target, request = step()
        if request is not None:
            assert request.tick == walked
            np.testing.assert_array_equal(request.observation, observation.reshape(-1))
            plan = own.plan(request.observation[None], objective, request.tick, request.committed[None])
            controller.receive(ActionChunk(request.epoch, request.tick, plan.actions[0]))
            if (revised := controller.revise()) is not None:
                target = revised.q
        np.testing.assert_allclose(target, expected, atol=1e-12)
        assert mode() is Mode.WALKING
        robot.step(target[None])
        previous = target


def test_a_rollout_reports_velocity_and_falls() -> None:
    class Collapse:
        def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
            targets = np.tile(spec.STAND_POSE, (2, 1))
            targets[1] = spec.STAND_POSE + ([1.5, 0, 0] * 2 + [1.5, 0, 0] * 2 if tick > 5 else 0)
            return targets

    robot = BatchedGo2(2, NOMINAL, np.random.default_rng(0))
    ticks = list(rollout(robot, Collapse(), np.tile(COMMAND, (2, 1)), 120))
    assert len(ticks) == 120
    assert ticks[0].alive.all()
    assert ticks[-1].alive.tolist() == [True, False]
    assert ticks[-1].velocity[0] == pytest.approx([0, 0, 0], abs=0.1)
