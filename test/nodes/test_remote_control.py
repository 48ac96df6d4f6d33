import pytest

from diffusion_mpc_ros.execution.velocity_command import VelocityCommand
from diffusion_mpc_ros.nodes.remote_control import BUTTONS, DEADBAND, RemoteControl
from diffusion_mpc_ros.robot.remote import Button, Remote
from diffusion_mpc_ros.safety.supervisor import Request

LIMIT = (1.0, 0.5, 2.0)


def test_every_request_has_its_buttons() -> None:
    assert {request for _, request in BUTTONS} == set(Request)


@pytest.mark.parametrize(("buttons", "request_made"), BUTTONS)
def test_a_press_asks_once(buttons: Button, request_made: Request) -> None:
    control = RemoteControl()
    assert control.request(Remote()) is None
    assert control.request(Remote(buttons)) is request_made
    assert control.request(Remote(buttons)) is None
    assert control.request(Remote()) is None
    assert control.request(Remote(buttons)) is request_made


def test_half_a_combination_asks_for_nothing() -> None:
    control = RemoteControl()
    assert control.request(Remote(Button.L2)) is None
    assert control.request(Remote(Button.B)) is None


def test_the_emergency_stop_wins_over_other_buttons() -> None:
    assert RemoteControl().request(Remote(Button.L2 | Button.A | Button.B | Button.START)) is Request.DAMP


def test_released_sticks_command_nothing() -> None:
    assert RemoteControl().command(Remote(lx=DEADBAND / 2, ry=1.0), 1.0, None, LIMIT) is None


def test_sticks_command_shares_of_the_limit() -> None:
    command = RemoteControl().command(Remote(lx=1.0, ly=0.5, rx=-1.0), 7.0, None, LIMIT)
    assert command is not None
    assert (command.v_x, command.v_y, command.yaw_rate, command.received_s) == (0.5, -0.5, 2.0, 7.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_garbage_from_the_remote_is_no_command(value: float) -> None:
    assert RemoteControl().command(Remote(lx=1.0, ly=value), 1.0, None, LIMIT) is None


def test_released_sticks_mean_to_step_on_the_spot_until_others_command() -> None:
    control = RemoteControl()
    before, after = (VelocityCommand(0.7, 0.0, 0.0, received_s=time) for time in (0.5, 3.0))
    assert control.command(Remote(), 0.6, before, LIMIT) is before
    control.command(Remote(ly=1.0), 1.0, before, LIMIT)
    assert control.command(Remote(), 2.0, before, LIMIT) == VelocityCommand(0.0, 0.0, 0.0, received_s=2.0)
    assert control.command(Remote(), 3.1, after, LIMIT) is after
    assert control.command(Remote(), 9.0, after, LIMIT) is after
