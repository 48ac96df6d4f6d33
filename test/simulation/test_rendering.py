"""Pictures: pixels are where projection says they are, surfaces are closed, films have the frames they should."""

import argparse
from pathlib import Path

import imageio_ffmpeg
import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.simulation.go2 import STAND_HEIGHT, build_spec
from diffusion_mpc_ros.simulation.go2_visuals import add_visuals
from diffusion_mpc_ros.simulation.loft import loft, mirrored
from diffusion_mpc_ros.simulation.rendering import Camera, Chase, render_gif, render_image, render_video
from diffusion_mpc_ros.simulation.rendering import command as render_command
from diffusion_mpc_ros.simulation.rendering.rasteriser import HIDDEN, rasterise
from diffusion_mpc_ros.simulation.rendering.recording import Recording, RecordingError
from diffusion_mpc_ros.simulation.rendering.triangles import Triangles

SIZE = (160, 90)
CAMERA = Camera(np.array([3.0, -1.0, 0.8]), np.array([0.0, 0.0, 0.5]))
STAND = np.array([0, 0, STAND_HEIGHT, 1, 0, 0, 0, *STAND_POSE])


def scene(*geoms: str) -> mujoco.MjModel:
    """A model of the given geoms (MJCF attributes) in the world body."""
    bodies = "".join(f"<geom {geom}/>" for geom in geoms)
    return mujoco.MjModel.from_xml_string(f"<mujoco><worldbody>{bodies}</worldbody></mujoco>")


def reddish(image: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(image.astype(int), -1, 0)
    return (red > green + 40) & (red > blue + 40)


def volume(corners: np.ndarray) -> float:
    """Volume inside closed triangles (F, 3, 3); negative if they are wound clockwise as seen from outside."""
    return float(np.einsum("fi,fi->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6)


@pytest.fixture(scope="module")
def go2() -> mujoco.MjModel:
    spec = build_spec(timestep=0.005, actuators="torque")
    add_visuals(spec)
    return spec.compile()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """One second at 50 Hz of a robot that turns at 1 rad/s while it glides ahead at 0.5 m/s."""
    time = 3.0 + np.arange(51) / 50
    yaw = time - 3.0
    qpos = np.tile(STAND, (51, 1))
    qpos[:, :2] = 0.5 * np.stack([np.sin(yaw), 1 - np.cos(yaw)], axis=1)
    qpos[:, 3:7] = np.stack([np.cos(yaw / 2), 0 * yaw, 0 * yaw, np.sin(yaw / 2)], axis=1)
    path = tmp_path / "run.npz"
    np.savez(path, time=time, qpos=qpos, command=np.tile([0.5, 0, 1.0], (51, 1)))
    return path


def test_red_box_covers_the_pixels_that_projection_says() -> None:
    model = scene('type="box" size=".1 .2 .15" pos="0 .1 .5" rgba="1 0 0 1"')
    image = render_image(model, np.zeros(0), SIZE, CAMERA)
    signs = np.array(np.meshgrid(*[[-1, 1]] * 3)).reshape(3, -1).T
    outline = CAMERA.project(signs * [0.1, 0.2, 0.15] + [0, 0.1, 0.5], SIZE)[:, :2]
    rows, columns = np.nonzero(reddish(image))
    assert abs(columns.min() - outline[:, 0].min()) < 1.5
    assert abs(columns.max() + 1 - outline[:, 0].max()) < 1.5
    assert abs(rows.min() - outline[:, 1].min()) < 1.5
    assert abs(rows.max() + 1 - outline[:, 1].max()) < 1.5


@pytest.mark.parametrize("red_first", [True, False])
def test_nearer_hides_farther(red_first: bool) -> None:
    # The camera looks from +x: the blue ball is in front of the red box, in whichever order they are listed.
    geoms = ['type="box" size=".2 .2 .2" pos="0 0 .5" rgba="1 0 0 1"', 'type="sphere" size=".05" pos=".9 -.3 .59"']
    model = scene(*(geoms if red_first else geoms[::-1]))
    image = render_image(model, np.zeros(0), SIZE, CAMERA)
    column, row = CAMERA.project(np.array([0.9, -0.3, 0.59]), SIZE)[:2].astype(int)
    assert reddish(image).any()
    assert not reddish(image)[row, column]


def test_collision_geometry_is_not_drawn() -> None:
    model = scene('type="box" size=".1 .1 .1" pos="0 0 .5" rgba="1 0 0 1" group="3"')
    assert not reddish(render_image(model, np.zeros(0), SIZE, CAMERA)).any()


def test_what_is_behind_the_camera_is_not_drawn() -> None:
    model = scene('type="box" size=".1 .1 .1" pos="6 -2 1.1" rgba="1 0 0 1"')
    assert not reddish(render_image(model, np.zeros(0), SIZE, CAMERA)).any()


def test_a_body_above_the_ground_shades_it() -> None:
    lit = render_image(scene(), np.zeros(0), SIZE, CAMERA).astype(int)
    shaded = render_image(scene('type="box" size=".3 .3 .02" pos="0 0 .5"'), np.zeros(0), SIZE, CAMERA).astype(int)
    sun = np.array([0.35, -0.45]) / 0.82
    column, row = CAMERA.project(np.append(-0.5 * sun, 0.0), SIZE)[:2].astype(int)
    assert shaded[row, column].sum() < 0.8 * lit[row, column].sum()
    assert np.array_equal(shaded[-1, -1], lit[-1, -1])


def test_ground_lies_below_the_horizon_and_sky_above() -> None:
    level = Camera(np.array([3.0, 0.0, 0.5]), np.array([0.0, 0.0, 0.5]))
    image = render_image(scene(), np.zeros(0), SIZE, level).astype(int)
    assert image[:44].std(axis=1).max() == 0  # rows of the sky are even
    assert image[60:].std(axis=1).max() > 5  # those of the ground show the pattern


@given(arrays(np.float64, (3, 2), elements=st.floats(-10, 30, width=32)))
def test_rasterised_pixels_are_those_with_their_centre_inside(corners: np.ndarray) -> None:
    size = (20, 16)
    vertices = np.pad(corners, ((0, 0), (0, 1)), constant_values=1.0)
    drawn = rasterise(vertices, np.array([[0, 1, 2]]), size) != HIDDEN
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    start, edge = corners, np.roll(corners, -1, axis=0) - corners
    # Counter-clockwise as seen, with y pointing down: the inside is where all three are positive.
    side = [e[1] * (x - s[0]) - e[0] * (y - s[1]) for s, e in zip(start, edge, strict=True)]
    distance = np.min([s / max(np.hypot(*e), 1e-9) for s, e in zip(side, edge, strict=True)], axis=0)
    assert drawn[distance > 1e-4].all()
    assert not drawn[distance < -1e-4].any()


@given(st.permutations(range(6)))
def test_the_nearest_face_wins_in_any_order(order: list[int]) -> None:
    square = np.array([[0.0, 0.0], [0.0, 8.0], [8.0, 0.0]])
    vertices = np.concatenate([np.pad(square, ((0, 0), (0, 1)), constant_values=depth) for depth in order])
    faces = np.arange(18).reshape(6, 3)
    assert rasterise(vertices, faces, (8, 8))[1, 1] == order.index(5)


def test_neighbouring_faces_leave_no_gap() -> None:
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=-1)
    grid[1:-1, 1:-1] += rng.uniform(-0.3, 0.3, (4, 4, 2))
    vertices = np.pad(8 * grid.reshape(-1, 2), ((0, 0), (0, 1)))
    cell = (np.arange(5)[:, None] * 6 + np.arange(5)).reshape(-1, 1)
    faces = np.concatenate([cell + np.array(corners) for corners in ((0, 6, 7), (0, 7, 1))])
    assert (rasterise(vertices, faces, (40, 40)) != HIDDEN).all()


@pytest.mark.parametrize(
    ("geom", "expected"),
    [
        ('type="box" size=".1 .2 .3"', 8 * 0.1 * 0.2 * 0.3),
        ('type="sphere" size=".2"', 4 / 3 * np.pi * 0.2**3),
        ('type="ellipsoid" size=".1 .2 .3"', 4 / 3 * np.pi * 0.1 * 0.2 * 0.3),
        ('type="cylinder" size=".1 .3"', np.pi * 0.1**2 * 0.6),
        ('type="capsule" size=".1 .3"', np.pi * 0.1**2 * 0.6 + 4 / 3 * np.pi * 0.1**3),
    ],
)
def test_primitives_are_closed_and_face_outwards(geom: str, expected: float) -> None:
    surface = Triangles.of_model(scene(geom))
    assert volume(surface.vertices[surface.faces]) == pytest.approx(expected, rel=0.02)
    assert (np.einsum("vi,vi->v", surface.vertices, surface.normals) > 0).all()
    assert np.linalg.norm(surface.normals, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_a_loft_is_closed_and_mirrors(axis: str) -> None:
    surface = loft(axis, [(0.0, 0, 0, 0.1, 0.2, 2.0), (0.5, 0.1, 0, 0.1, 0.2, 2.0), (1.0, 0.2, 0, 0.1, 0.2, 2.0)])
    for vertices, faces in (surface, mirrored(surface)):
        assert volume(vertices[faces]) == pytest.approx(np.pi * 0.1 * 0.2, rel=0.02)
        edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        assert {tuple(edge) for edge in edges} == {tuple(edge[::-1]) for edge in edges}
    assert mirrored(surface)[0] == pytest.approx(surface[0] * [1, -1, 1])


def test_visuals_change_neither_mass_nor_contact(go2: mujoco.MjModel) -> None:
    bare = build_spec(timestep=0.005, actuators="torque").compile()
    assert go2.body_mass == pytest.approx(bare.body_mass)
    assert go2.body_inertia == pytest.approx(bare.body_inertia)
    visual = go2.geom_group == 2
    assert visual.sum() == go2.ngeom - bare.ngeom > 0
    assert not go2.geom_contype[visual].any()
    assert not go2.geom_conaffinity[visual].any()


def test_shell_has_the_extent_of_a_go2(go2: mujoco.MjModel) -> None:
    data = mujoco.MjData(go2)
    data.qpos[2:4] = 0, 1  # trunk at the origin, legs straight
    mujoco.mj_kinematics(go2, data)
    vertices, _ = Triangles.of_model(go2).placed(data)
    assert vertices.min(axis=0) == pytest.approx([-0.25, -0.16, -0.46], abs=0.015)
    assert vertices.max(axis=0) == pytest.approx([0.338, 0.16, 0.09], abs=0.015)
    assert vertices[:, 1].min() == pytest.approx(-vertices[:, 1].max(), abs=1e-4)  # mirror-symmetric


@settings(max_examples=10, deadline=None)
@given(yaw=st.floats(-3, 3), x=st.floats(-50, 50))
def test_the_camera_keeps_a_walking_robot_in_the_picture(yaw: float, x: float) -> None:
    time = np.arange(0, 4, 0.04)
    qpos = np.tile(STAND, (len(time), 1))
    qpos[:, 0] = x + np.clip(time - 1, 0, 2)  # stands, walks 2 m at 1 m/s, stands
    qpos[:, 3:7] = [np.cos(yaw / 2), 0, 0, np.sin(yaw / 2)]
    for pose, camera in zip(qpos, Chase().cameras(qpos, 0.04), strict=True):
        column, row, inverse_depth = camera.project(pose[:3], (960, 540))
        assert 240 < column < 720
        assert 135 < row < 405
        assert 1.0 < 1 / inverse_depth < 3.0


def test_video_has_a_frame_for_every_instant(recording: Path, tmp_path: Path) -> None:
    output = tmp_path / "films" / "walk.mp4"
    render_video(recording, output, fps=10, size=SIZE)
    reader = imageio_ffmpeg.read_frames(str(output))
    meta = next(reader)
    assert meta["source_size"] == SIZE
    assert meta["fps"] == 10
    assert meta["pix_fmt"].startswith("yuv420p")
    assert len(list(reader)) == 11  # 0.0 ... 1.0 s


def test_gif_loops_through_the_seconds_asked_for(recording: Path, tmp_path: Path) -> None:
    output = tmp_path / "walk.gif"
    render_gif(recording, output, start=0.4, seconds=0.4, fps=10, size=SIZE)
    with Image.open(output) as film:
        assert film.size == SIZE
        assert getattr(film, "n_frames", 1) == 5
        assert film.info["duration"] == 100
        assert film.info["loop"] == 0


def test_velocity_is_measured_in_the_heading_frame(recording: Path) -> None:
    measured = Recording.load(recording).velocity()
    assert measured[10:-10] == pytest.approx(np.tile([0.5, 0.0, 1.0], (31, 1)), abs=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time": None}, "time: expected at least 2 samples, got 0"),
        ({"qpos": None}, r"qpos: expected an array of shape \(51, 19\), got none"),
        ({"qpos": np.zeros((51, 18))}, r"qpos: expected shape \(51, 19\), got \(51, 18\)"),
        ({"command": np.full((51, 3), np.nan)}, "command: expected finite"),
        ({"time": np.zeros(51)}, "time: expected increasing"),
    ],
)
def test_a_damaged_recording_is_refused(recording: Path, change: dict[str, np.ndarray | None], message: str) -> None:
    with np.load(recording) as file:
        arrays_ = {**file, **change}
    np.savez(recording, **{name: array for name, array in arrays_.items() if array is not None})
    with pytest.raises(RecordingError, match=message):
        Recording.load(recording)


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(b"not a zip archive")
    with pytest.raises(RecordingError, match="expected an npz file"):
        Recording.load(path)


def test_command_renders_by_the_output_name(recording: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    parser = argparse.ArgumentParser()
    render_command.add_arguments(parser)
    film = tmp_path / "walk.gif"
    assert render_command.run(parser.parse_args([str(recording), str(film), "--start", "0.8"])) == 0
    assert film.stat().st_size > 0
    assert render_command.run(parser.parse_args([str(recording), str(tmp_path / "walk.txt")])) == 1
    assert "expected a name ending in .mp4 or .gif, got walk.txt" in caplog.text
    assert render_command.run(parser.parse_args([str(tmp_path / "none.npz"), str(film)])) == 1
    assert "none.npz" in caplog.text
