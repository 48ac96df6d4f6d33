from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.manifest import BundleError, Manifest
from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES, STATE, STATE_DIM, WIDTH, RobotSetup
from diffusion_mpc_ros.planning.unknown import unknown

ROBOT = RobotSetup(40.0, 1.0, (0.5,) * 12)
Write = Callable[..., Path]
Graph = Callable[..., bytes]


def faults(directory: Path) -> list[str]:
    with pytest.raises(BundleError) as caught:
        ModelBundle.load(directory, ROBOT)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("count", [1, 7, 40])
def test_runs_the_graph_on_any_number_of_trajectories(write_bundle: Write, prior: Prior, count: int) -> None:
    bundle = ModelBundle.load(write_bundle(), ROBOT)
    tau = np.random.default_rng(0).standard_normal((count, 11, WIDTH), np.float32)
    lower, upper = (prior.normalization.mean + side * DATA_CLIP * prior.normalization.std for side in (-1.0, 1.0))
    for robots in {1, count}:
        s0 = tau[:robots, 0, STATE]
        estimate, expected = (model.denoiser.given(s0, count // robots)(tau, 4) for model in (bundle, prior))
        assert estimate.dtype == np.float32
        asked = unknown(11).T
        np.testing.assert_allclose(estimate[:, asked], np.clip(expected, lower, upper)[:, asked], atol=1e-6)


def test_a_bundle_plans_as_the_prior_it_holds(write_bundle: Write, prior: Prior) -> None:
    bundle = ModelBundle.load(write_bundle(), ROBOT)
    assert (bundle.manifest.name, bundle.horizon, bundle.schedule.num_steps) == ("toy", 11, 10)
    observation = np.random.default_rng(1).normal(size=(2, STATE_DIM))
    plans = [
        Planner(model, np.random.default_rng(2)).plan(observation, Objective(), tick=0).tau for model in (bundle, prior)
    ]
    plan, expected = (each[:, unknown(11).T] for each in plans)
    np.testing.assert_allclose(plan, expected, atol=1e-4)


def test_one_flipped_byte_is_noticed(write_bundle: Write) -> None:
    directory = write_bundle()
    file = directory / "denoiser.onnx"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    (line,) = faults(directory)
    assert line.startswith("denoiser.onnx: sha256 expected ")
    assert line.endswith("…; export the bundle again or restore the file")


def test_missing_directory_and_file(write_bundle: Write, tmp_path: Path) -> None:
    (line,) = faults(tmp_path / "nowhere")
    assert "nowhere" in line
    assert "manifest.yaml expected a file, got none" in line
    directory = write_bundle()
    (directory / "denoiser.onnx").unlink()
    assert faults(directory) == [
        "denoiser.onnx: expected a file, got none; export the bundle again or restore the file"
    ]


def test_a_file_that_cannot_be_read(write_bundle: Write) -> None:
    directory = write_bundle()
    (directory / "denoiser.onnx").unlink()
    (directory / "denoiser.onnx").mkdir()
    (line,) = faults(directory)
    assert line.startswith("denoiser.onnx: expected a readable file, got 'Is a directory';")


@pytest.mark.parametrize("files", [{"encoder.onnx": "00"}, {"encoder.onnx": "00", "other.onnx": "00"}])
def test_manifest_has_to_list_the_denoiser(write_bundle: Write, files: object) -> None:
    (line,) = faults(write_bundle(files=files))
    assert line.startswith("manifest.yaml: files expected sha256 of denoiser.onnx, got ")


def test_faults_of_files_and_manifest_are_told_together(write_bundle: Write) -> None:
    hashes = {"encoder.onnx": "00", "denoiser.onnx": "00"}
    lines = faults(write_bundle(files=hashes, joint_names=JOINT_NAMES[::-1], dt=0.01))
    assert [line.split(" expected")[0] for line in lines] == [
        "encoder.onnx: sha256",
        "denoiser.onnx: sha256",
        "manifest.yaml: joint_names[0]",
        "manifest.yaml: dt",
    ]


def test_horizon_has_to_be_that_of_the_graph(write_bundle: Write) -> None:
    (line,) = faults(write_bundle(horizon=12))
    assert line == (
        "encoder.onnx: output offset expected tensor(float) (10, M, 474), got tensor(float) (10, M, 432); "
        "export the bundle again or restore the file"
    )


def test_width_names_and_types_have_to_fit(write_bundle: Write, graph: Graph) -> None:
    assert (
        "input trunk expected tensor(float) (66, M), got tensor(float) (77, M)"
        in faults(write_bundle(graph(columns=7)))[0]
    )
    (line,) = faults(write_bundle(graph(output="noise")))
    assert "denoiser.onnx: output names expected clean, got noise" in line
    (line,) = faults(write_bundle(graph(told_type=TensorProto.INT32)))
    assert "denoiser.onnx: input offset expected tensor(float) (M, 432), got tensor(int32) (M, 432)" in line


def test_encoder_and_denoiser_have_to_fit_together(write_bundle: Write) -> None:
    hidden, offset = faults(write_bundle(schedule={"kind": "cosine", "steps": 9}))
    assert (
        "encoder.onnx: output hidden expected tensor(float) (9, any, M, any), got tensor(float) (10, 1, M, 1)" in hidden
    )
    assert "encoder.onnx: output offset expected tensor(float) (9, M, 432), got tensor(float) (10, M, 432)" in offset


def test_file_that_is_no_graph(write_bundle: Write) -> None:
    (line,) = faults(write_bundle(b"not a graph"))
    assert line.startswith("denoiser.onnx: expected an ONNX graph, got '")


def test_quantities_are_what_their_graphs_compute(write_bundle: Write, quantity_graph: Graph) -> None:
    directory = write_bundle(quantities={"base_height": quantity_graph(), "power": quantity_graph(gain=3.0)})
    bundle = ModelBundle.load(directory, ROBOT)
    assert bundle.resources == {
        "base_height.model": bundle.quantities["base_height"],
        "energy.model": bundle.quantities["power"],
    }
    tau = np.random.default_rng(0).standard_normal((7, 11, WIDTH), np.float32)
    value, gradient = bundle.quantities["power"](tau, 4)
    assert value.dtype == np.float32
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(value, 3.0 * tau.sum(axis=(1, 2)) + 4.0, atol=1e-3)
    np.testing.assert_array_equal(gradient, np.full_like(tau, 3.0))


def test_a_bundle_without_quantities_is_sound(write_bundle: Write) -> None:
    bundle = ModelBundle.load(write_bundle(), ROBOT)
    assert (bundle.quantities, bundle.resources) == ({}, {})


def test_what_becomes_of_a_quantity_is_noticed(write_bundle: Write, quantity_graph: Graph) -> None:
    directory = write_bundle(quantities={"foot_lift": quantity_graph()})
    file = directory / "foot_lift.onnx"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    (line,) = faults(directory)
    assert line.startswith("foot_lift.onnx: sha256 expected ")
    file.unlink()
    assert faults(directory) == [
        "foot_lift.onnx: expected a file, got none; export the bundle again or restore the file"
    ]


def test_a_quantity_of_the_manifest_has_to_be_among_its_files(write_bundle: Write) -> None:
    directory = write_bundle()
    manifest = Manifest.read(directory / "manifest.yaml")
    replace(manifest, quantities={"power": {"unit": "W", "rmse": {}}}).write(directory / "manifest.yaml")
    (line,) = faults(directory)
    assert line.startswith("manifest.yaml: files expected sha256 of power.onnx, got ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"horizon": 10}, "power.onnx: input tau expected tensor(float) (57, 11, M), got tensor(float) (57, 10, M);"),
        ({"value": "watts"}, "power.onnx: output names expected value, gradient, got watts, gradient;"),
        ({"keepdims": 1}, "power.onnx: output value expected tensor(float) (M), got tensor(float) (1, 1, M);"),
        ({"gain": float("nan")}, "power.onnx: value at k = 0 expected finite numbers, got NaN or infinity;"),
    ],
)
def test_a_quantity_of_another_kind_is_refused(
    write_bundle: Write, quantity_graph: Graph, changes: dict[str, Any], message: str
) -> None:
    lines = faults(write_bundle(quantities={"power": quantity_graph(**changes)}))
    assert lines[0].startswith(message)


def test_an_odometer_measures_what_its_graph_computes(write_bundle: Write, odometer_graph: Graph) -> None:
    bundle = ModelBundle.load(write_bundle(odometer_graph=odometer_graph()), ROBOT)
    assert bundle.resources == {"feedback.odometer": bundle.odometer}
    observation = np.random.default_rng(0).standard_normal((7, STATE_DIM)).astype(np.float32)
    assert bundle.odometer is not None
    np.testing.assert_array_equal(bundle.odometer(observation), 2.0 * observation[:, :2])
    assert ModelBundle.load(write_bundle(), ROBOT).odometer is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 3}, "odometer.onnx: output velocity expected tensor(float) (M, 2), got tensor(float) (M, 3);"),
        ({"gain": float("nan")}, "odometer.onnx: velocity expected finite numbers, got NaN or infinity;"),
    ],
)
def test_an_odometer_of_another_kind_is_refused(
    write_bundle: Write, odometer_graph: Graph, changes: dict[str, Any], message: str
) -> None:
    (line,) = faults(write_bundle(odometer_graph=odometer_graph(**changes)))
    assert line.startswith(message)


def test_an_odometer_of_the_manifest_has_to_be_among_its_files(write_bundle: Write) -> None:
    (line,) = faults(write_bundle(odometer={"v_x": 0.05}))
    assert line.startswith("manifest.yaml: files expected sha256 of odometer.onnx, got ")
