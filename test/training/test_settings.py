"""Settings files: what is wrong with them is named."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from diffusion_mpc_ros.resources import resource_directory
from diffusion_mpc_ros.simulation.randomization import Randomization
from diffusion_mpc_ros.training.collect import CollectConfig
from diffusion_mpc_ros.training.demonstrator import DemonstratorConfig
from diffusion_mpc_ros.training.finetune import FinetuneConfig
from diffusion_mpc_ros.training.odometry import OdometryConfig
from diffusion_mpc_ros.training.prior import PriorConfig
from diffusion_mpc_ros.training.reward_models import RewardModelConfig
from diffusion_mpc_ros.training.scratch import ScratchConfig
from diffusion_mpc_ros.training.settings import SettingsError, read_settings, section
from diffusion_mpc_ros.training.teacher import TeacherConfig

STAGES = {
    "demonstrator": DemonstratorConfig,
    "collect": CollectConfig,
    "prior": PriorConfig,
    "rewards": RewardModelConfig,
    "odometry": OdometryConfig,
    "teacher": TeacherConfig,
    "finetune": FinetuneConfig,
    "scratch": ScratchConfig,
}


@dataclass(frozen=True)
class Example:
    count: int = 3
    rate: float = 0.5
    name: str = "a"


@pytest.mark.parametrize("file", ["default.yaml", "nominal.yaml", "quick.yaml"])
def test_the_shipped_files_fit_their_stages(file: str) -> None:
    settings = read_settings(resource_directory("config") / "training" / file)
    assert settings.keys() <= {"seed", *STAGES}
    for name, kind in STAGES.items():
        section(settings, name, kind)


@pytest.mark.parametrize("file", ["default.yaml", "quick.yaml"])
def test_what_make_train_reads_names_every_stage(file: str) -> None:
    assert read_settings(resource_directory("config") / "training" / file).keys() == {"seed", *STAGES}


def test_fields_left_out_keep_their_defaults() -> None:
    assert section({"example": {"rate": 1}}, "example", Example) == Example(rate=1)
    assert section({}, "example", Example) == Example()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cuont": 3}, "example.cuont: expected one of count, rate, name"),
        ({"rate": "fast"}, "example.rate: expected a number, got 'fast'"),
        ({"count": True}, "example.count: expected a number, got True"),
        ({"name": 3}, "example.name: expected text, got 3"),
    ],
)
def test_a_wrong_field_is_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        section({"example": values}, "example", Example)
    assert str(raised.value) == message


def test_a_nested_section_is_checked_like_its_parent() -> None:
    config = section({"collect": {"randomization": {"payload": [0.0, 5.0]}}}, "collect", CollectConfig)
    assert config.randomization == Randomization(payload=[0.0, 5.0])  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=r"collect\.commands\.v_z: expected one of"):
        section({"collect": {"commands": {"v_z": [0, 1]}}}, "collect", CollectConfig)


@pytest.mark.parametrize("text", ["- 1", "a: [", None])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "settings.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError, match=str(path)):
        read_settings(path)
