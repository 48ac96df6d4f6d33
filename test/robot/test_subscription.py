"""Closing a subscription in the midst of traffic, which is where the SDK's own hangs."""

import subprocess
import sys

import pytest

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.dds import LinkError

TRAFFIC = """
import sys, threading, time
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowState_ as default_low_state
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowCmd_ as default_low_cmd
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_, LowState_
from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.publication import Publication
from diffusion_mpc_ros.robot.subscription import Subscription

dds.join("lo", int(sys.argv[1]))
State = dds.frame_type(LowState_)
states = Publication("rt/lowstate", State)
state = State(default_low_state().serialize())

def publish():
    while True:
        states.write(state)

threading.Thread(target=publish, daemon=True).start()
"""
CLOSED_AGAIN_AND_AGAIN = """
for _ in range(100):
    heard = threading.Event()
    subscription = Subscription("rt/lowstate", State, lambda message: heard.set())
    assert heard.wait(5.0)
    subscription.close()
    heard.clear()
    assert not heard.wait(0.002)
    subscription.close()
"""
LEFT_OPEN = """
heard = threading.Event()
for _ in range(5):
    Subscription("rt/lowstate", State, lambda message: heard.set())
assert heard.wait(5.0)
"""
WRITER_ENDED = """
heard = threading.Event()
subscription = Subscription("rt/lowcmd", dds.frame_type(LowCmd_), lambda message: heard.set())
commands = Publication("rt/lowcmd", LowCmd_)
commands.write(default_low_cmd())
assert heard.wait(5.0)
commands.close()
time.sleep(0.1)
subscription.close()
"""


@pytest.mark.parametrize(
    "script", [CLOSED_AGAIN_AND_AGAIN, LEFT_OPEN, WRITER_ENDED], ids=["closed", "open", "writer ended"]
)
def test_it_ends_in_the_midst_of_traffic(domain_id: int, script: str) -> None:
    command = [sys.executable, "-c", TRAFFIC + script, str(domain_id)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60.0, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_process_that_joined_no_bus_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dds, "_participant", None)
    with pytest.raises(LinkError, match=r"call dds\.join first"):
        dds.participant()
