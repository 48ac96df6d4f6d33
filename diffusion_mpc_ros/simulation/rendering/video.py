"""Moving pictures of a recording: H.264 for documentation and reports, GIF for a README."""

from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image

from diffusion_mpc_ros.simulation.go2 import build_spec
from diffusion_mpc_ros.simulation.go2_visuals import add_visuals
from diffusion_mpc_ros.simulation.rendering.camera import Chase
from diffusion_mpc_ros.simulation.rendering.caption import draw_caption
from diffusion_mpc_ros.simulation.rendering.recording import Recording
from diffusion_mpc_ros.simulation.rendering.renderer import Renderer

_GIF_COLOURS = 128


def render_video(recording: Path, output: Path, *, fps: int = 25, size: tuple[int, int] = (960, 540)) -> None:
    """Writes an H.264 video (mp4, yuv420p) of a recording.

    Args:
        recording: npz file, see ``Recording``.
        output: the mp4 file; its directory is created.
        fps: frames a second.
        size: width and height in pixels, both even.

    Raises:
        RecordingError: the recording is unusable.
        ValueError: a side is odd, which the pixel format does not allow.
    """
    if size[0] % 2 or size[1] % 2:
        raise ValueError(f"size: expected even width and height, got {size[0]} x {size[1]}")
    run = Recording.load(recording)
    output.parent.mkdir(parents=True, exist_ok=True)
    writer = imageio_ffmpeg.write_frames(
        str(output), size, fps=fps, codec="libx264", pix_fmt_out="yuv420p", macro_block_size=2, quality=None,
        output_params=["-crf", "21", "-preset", "veryfast", "-movflags", "+faststart"],
    )  # fmt: skip
    writer.send(None)
    try:
        for frame in frames(run, fps, size):
            writer.send(np.ascontiguousarray(frame))
    finally:
        writer.close()


def render_gif(
    recording: Path,
    output: Path,
    *,
    start: float = 0.0,
    seconds: float = 8.0,
    fps: float = 12.5,
    size: tuple[int, int] = (640, 360),
) -> None:
    """Writes an endless GIF of ``seconds`` s of a recording from ``start`` s on; one palette for all frames.

    Raises:
        RecordingError: the recording is unusable.
        ValueError: nothing of it lies after ``start``.
    """
    run = Recording.load(recording)
    if not 0 <= start < run.duration:
        raise ValueError(f"start: expected 0 ... {run.duration:.2f} s, got {start} s")
    pictures = [Image.fromarray(frame) for frame in frames(run, fps, size, start, start + seconds)]
    # An octree keeps the few pixels of the caption's colour, which a median cut would merge into grey.
    palette = pictures[len(pictures) // 2].quantize(_GIF_COLOURS, method=Image.Quantize.FASTOCTREE)
    indexed = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    output.parent.mkdir(parents=True, exist_ok=True)
    indexed[0].save(output, save_all=True, append_images=indexed[1:], duration=round(1000 / fps), loop=0)


def frames(
    run: Recording, fps: float, size: tuple[int, int], start: float = 0.0, end: float = np.inf
) -> Iterator[np.ndarray]:
    """Captioned pictures (height, width, 3), uint8, of the Go2 from ``start`` to ``end`` s of a run."""
    spec = build_spec(timestep=0.005, actuators="torque")
    add_visuals(spec)
    renderer = Renderer(spec.compile(), size)
    shown = run.resampled(fps)
    cameras = Chase().cameras(shown.qpos, dt=1 / fps)
    velocity = shown.velocity()
    for index in np.nonzero((shown.time >= start) & (shown.time <= end))[0]:
        image = renderer.render(shown.qpos[index], cameras[index])
        command = None if shown.command is None else shown.command[index]
        yield draw_caption(image, float(shown.time[index]), command, velocity[index])
