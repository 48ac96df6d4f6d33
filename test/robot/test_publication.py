from unitree_sdk2py.idl.default import unitree_go_msg_dds__WirelessController_ as default_controller
from unitree_sdk2py.idl.unitree_go.msg.dds_ import WirelessController_

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.publication import Publication
from diffusion_mpc_ros.robot.subscription import Subscription

TOPIC = "rt/wirelesscontroller"


def test_nothing_is_written_once_it_is_closed(domain_id: int) -> None:
    dds.join("lo", domain_id)
    publication = Publication(TOPIC, WirelessController_)
    assert publication.write(default_controller())
    publication.close()
    assert not publication.write(default_controller())
    publication.close()


def test_a_topic_outlives_who_used_it(domain_id: int) -> None:
    dds.join("lo", domain_id)
    topic = dds.topic(TOPIC, WirelessController_)
    Publication(TOPIC, WirelessController_).close()
    Subscription(TOPIC, WirelessController_, lambda message: None).close()
    assert topic.get_name() == TOPIC  # an exception, if it were deleted
    assert dds.topic(TOPIC, WirelessController_) is topic
    assert dds.topic(TOPIC, dds.frame_type(WirelessController_)) is not topic
