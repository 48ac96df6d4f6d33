"""The panel in a picture's corner: time, commanded velocity and measured velocity."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_PANEL = (16, 20, 28, 150)
_TEXT = (240, 243, 247, 255)
_FAINT = (184, 189, 196, 255)
_COMMANDED = (255, 190, 92, 255)
_HEADINGS = ("forward (m/s)", "left (m/s)", "turn (rad/s)")


def draw_caption(image: np.ndarray, time: float, command: np.ndarray | None, velocity: np.ndarray) -> np.ndarray:
    """The picture with a caption in its lower left corner.

    Args:
        image: (h, w, 3) uint8.
        time: s.
        command: (3,) v_x, v_y in m/s and yaw rate in rad/s; None leaves its line out.
        velocity: (3,) measured, same units.
    """
    unit = image.shape[0] / 100
    picture = Image.fromarray(image)
    font = ImageFont.load_default(size=max(3.1 * unit, 9))
    right_edges = (40 * unit, 58 * unit, 78 * unit)
    lines = [(f"{time:.1f} s", _HEADINGS, _FAINT), ("measured", _numbers(velocity), _TEXT)]
    if command is not None:
        lines.insert(1, ("command", _numbers(command), _COMMANDED))
    step, margin = 4.6 * unit, 2.2 * unit
    width, height = right_edges[-1] + margin, step * len(lines) + margin
    panel = Image.new("RGBA", (round(width), round(height)))
    draw = ImageDraw.Draw(panel)
    draw.rounded_rectangle((0, 0, panel.width - 1, panel.height - 1), radius=1.6 * unit, fill=_PANEL)
    for row, (label, cells, colour) in enumerate(lines):
        y = 0.5 * margin + (row + 0.5) * step
        draw.text((margin, y), label, fill=_TEXT if row == 0 else colour, font=font, anchor="lm")
        for cell, right in zip(cells, right_edges, strict=True):
            draw.text((right, y), cell, fill=colour, font=font, anchor="rm")
    corner = round(3 * unit), round(image.shape[0] - height - 3 * unit)
    picture.paste(panel, corner, panel)
    return np.asarray(picture)


def _numbers(values: np.ndarray) -> list[str]:
    """Two decimals; what rounds to zero has no sign."""
    return [f"{round(float(value), 2) + 0.0:.2f}" for value in values]
