"""Commands as they were followed."""

import numpy as np

from diffusion_mpc_ros.training.hindsight import ENOUGH, SETTLING, followed

TOLD = np.array([0.5, 0.0, 0.0])
T = SETTLING + 2 * ENOUGH


def lived(ticks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One robot, told to walk at 0.5 m/s all the time, that never gets going; set on its feet once."""
    begins = np.zeros((1, ticks), bool)
    begins[:, 0] = True
    return np.tile(TOLD, (1, ticks, 1)), np.zeros((1, ticks, 3)), begins, np.ones((1, ticks), bool)


def test_a_stretch_is_called_by_its_settled_velocity() -> None:
    command, velocity, begins, counts = lived(T)
    velocity[:, :SETTLING] = 9.0
    velocity[:, SETTLING:] = [0.3, 0.1, -0.2]
    commands, known = followed(command, velocity, begins, counts)
    np.testing.assert_allclose(commands, np.broadcast_to([0.3, 0.1, -0.2], commands.shape))
    assert known.all()


def test_every_command_is_a_stretch_of_its_own() -> None:
    command, velocity, begins, counts = lived(2 * T)
    command[:, T:, 1] = 0.2
    velocity[:, :T, 0], velocity[:, T:, 1] = 0.4, 0.1
    commands, known = followed(command, velocity, begins, counts)
    np.testing.assert_allclose(commands[:, :T], np.broadcast_to([0.4, 0, 0], (1, T, 3)))
    np.testing.assert_allclose(commands[:, T:], np.broadcast_to([0, 0.1, 0], (1, T, 3)))
    assert known.all()


def test_who_was_set_on_its_feet_gets_going_anew() -> None:
    command, velocity, begins, counts = lived(2 * T)
    begins[:, T] = True
    velocity[:, :T, 0] = 0.4
    velocity[:, T : T + SETTLING, 0] = 9.0
    velocity[:, T + SETTLING :, 0] = 0.2
    commands, _ = followed(command, velocity, begins, counts)
    np.testing.assert_allclose(commands[0, [0, T - 1, T, -1], 0], [0.4, 0.4, 0.2, 0.2])


def test_ticks_that_do_not_count_tell_nothing() -> None:
    command, velocity, begins, counts = lived(T)
    velocity[:, SETTLING:, 0] = 0.3
    counts[:, -ENOUGH:] = False
    velocity[:, -ENOUGH:, 0] = 9.0
    commands, known = followed(command, velocity, begins, counts)
    np.testing.assert_allclose(commands[..., 0], 0.3)
    assert known.all()
    counts[:, -ENOUGH - 1] = False
    assert not followed(command, velocity, begins, counts)[1].any()


def test_to_stand_is_followed_by_definition() -> None:
    command, velocity, begins, counts = lived(T)
    command[:] = 0.0
    velocity[:] = 0.05
    commands, known = followed(command, velocity, begins, counts)
    assert known.all()
    assert not commands.any()


def test_robots_are_told_apart() -> None:
    command, velocity, begins, counts = (np.repeat(each, 2, axis=0) for each in lived(T))
    velocity[0, :, 0], velocity[1, :, 0] = 0.2, 0.6
    commands, _ = followed(command, velocity, begins, counts)
    np.testing.assert_allclose(commands[:, 0, 0], [0.2, 0.6])
