"""Joining the robot's bus, and leaving it."""

import subprocess
import sys
import time

import pytest
from cyclonedds.sub import DataReader
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowState_

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.dds import LinkError

SECONDS_TO_END = 3
LISTENS_TO_THE_END = """
import ctypes, sys
from unitree_sdk2py.core.channel import ChannelPublisher
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowState_
from diffusion_mpc_ros.robot import dds

dds.join("lo", int(sys.argv[1]))
publisher = ChannelPublisher("rt/lowstate", LowState_)
publisher.Init()  # listens for readers
ctypes.pythonapi.Py_IncRef(ctypes.py_object(publisher))  # left open, as by a test or a traceback that holds it
c = ctypes.CDLL(None)
c.on_exit(c.sleep, None)  # called with the exit code, once the interpreter has ended
sys.exit(int(sys.argv[2]))
"""


def test_an_unknown_interface_is_refused_with_those_that_exist() -> None:
    with pytest.raises(LinkError, match=r"unknown network interface 'enp99s0': this machine has .*\blo\b"):
        dds.join("enp99s0", 1)


@pytest.mark.parametrize("domain_id", [-1, 231])
def test_a_domain_out_of_range_is_refused(domain_id: int) -> None:
    with pytest.raises(LinkError, match=f"expected 0 to 230, got {domain_id}"):
        dds.join("lo", domain_id)


def test_a_process_talks_on_one_domain(domain_id: int) -> None:
    dds.join("lo", domain_id)
    dds.join("lo", domain_id)

    with pytest.raises(LinkError, match="start another process"):
        dds.join("lo", domain_id + 1)


def test_a_process_ends_in_the_midst_of_discovery(domain_id: int) -> None:
    dds.join("lo", domain_id)
    command = [sys.executable, "-c", LISTENS_TO_THE_END, str(domain_id), str(SECONDS_TO_END)]
    ending = subprocess.Popen(command)
    while ending.poll() is None:
        reader = DataReader(dds.participant(), dds.topic("rt/lowstate", LowState_))
        time.sleep(0.1)
        del reader
        time.sleep(0.1)
    assert ending.returncode == SECONDS_TO_END
