import pytest

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.dds import LinkError


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
