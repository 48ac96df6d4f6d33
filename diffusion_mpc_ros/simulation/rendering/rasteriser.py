"""From projected triangles to the face seen at every pixel: a z-buffer in a handful of numpy operations.

Triangles are cut into scan lines and scan lines into fragments, all triangles at once; the nearest fragment of a
pixel wins. There is no loop over triangles in Python, so tens of thousands of them take a few hundredths of a second.
"""

import numpy as np

HIDDEN = -1
"""Face index of a pixel that no triangle covers."""

_FACE_BITS = 32
_DEPTH_LEVELS = 2**30


def rasterise(vertices: np.ndarray, faces: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Index of the nearest face at every pixel centre, ``HIDDEN`` where there is none.

    Faces whose corners run clockwise as seen in the image turn their back and are not drawn.

    Args:
        vertices: (V, 3) x right and y down in pixels, and *nearness*: any quantity that grows towards the viewer and
            is linear in the image, such as inverse depth for a pinhole camera or height for a view from above.
        faces: (F, 3) indices of three vertices.
        size: width and height of the image in pixels.

    Returns:
        (height, width) int64 indices into ``faces``.
    """
    width, height = size
    x, y, nearness = vertices.T[:, faces.T]  # (3, F) each
    area = (y[1] - y[0]) * (x[2] - x[0]) - (x[1] - x[0]) * (y[2] - y[0])  # twice the area, px^2
    front = np.nonzero(area > 0)[0]
    x, y, nearness, area = x[:, front], y[:, front], nearness[:, front], area[front]

    top = _first_centre(np.minimum(np.minimum(y[0], y[1]), y[2]), height)
    bottom = _first_centre(np.maximum(np.maximum(y[0], y[1]), y[2]), height)
    face, line_y = _enumerate(top, bottom - top)  # (L,) scan lines of all faces
    left, right = _span(x, y, face, line_y + 0.5)
    first, last = _first_centre(left, width), _first_centre(right, width)
    line, column = _enumerate(first, np.maximum(last - first, 0))  # (P,) fragments of all scan lines

    right_gradient, down_gradient = _gradient(x, y, nearness, area)
    start = nearness[0] + right_gradient * (0.5 - x[0]) + down_gradient * (0.5 - y[0])  # at the image's first pixel
    at_line = start[face] + down_gradient[face] * line_y
    fragment_nearness = at_line[line] + right_gradient[face][line] * column

    # Nearness in the high bits and the face in the low ones: a single maximum settles both.
    key = (_quantise(fragment_nearness) << _FACE_BITS) | front[face][line]
    nearest = np.full(height * width, HIDDEN, dtype=np.int64)
    np.maximum.at(nearest, (line_y * width)[line] + column, key)
    visible = np.where(nearest == HIDDEN, HIDDEN, nearest & (2**_FACE_BITS - 1))
    return visible.reshape(height, width)


def barycentric(corners: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Weights of triangles' corners at points of the image, linear in the image.

    Args:
        corners: (P, 3, 2) or wider; the corners, in pixels, of the triangle that each point lies in.
        points: (P, 2) positions in pixels.

    Returns:
        (P, 3) weights that sum to one.
    """
    origin = corners[:, 0, :2]
    (first_x, first_y), (second_x, second_y) = (corners[:, 1, :2] - origin).T, (corners[:, 2, :2] - origin).T
    x, y = (points - origin).T
    area = first_x * second_y - first_y * second_x
    first, second = (x * second_y - y * second_x) / area, (first_x * y - first_y * x) / area
    return np.stack([1 - first - second, first, second], axis=1)


def _first_centre(position: np.ndarray, limit: int) -> np.ndarray:
    """Index of the first pixel centre at or after a position, within 0 ... ``limit``."""
    return np.clip(np.ceil(position - 0.5), 0, limit).astype(np.int64)


def _enumerate(start: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Owner and value of every integer in the ranges ``start[i] ... start[i] + count[i] - 1``."""
    owner = np.repeat(np.arange(len(count)), count)
    begin = np.cumsum(count) - count
    return owner, np.arange(len(owner)) + (start - begin)[owner]


def _span(x: np.ndarray, y: np.ndarray, face: np.ndarray, line_y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Left and right end, (L,) in pixels, of scan lines at ``line_y`` (L,) in the faces (3, F) they belong to."""
    left, right = np.full(len(face), -np.inf), np.full(len(face), np.inf)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        rise = y[end] - y[start]
        # A level edge bounds no line between its ends. A falling one bounds from the left, a rising one from the right.
        run = np.divide(x[end] - x[start], rise, out=np.zeros_like(rise), where=rise != 0)
        crossing = x[start][face] + (line_y - y[start][face]) * run[face]
        np.maximum(left, crossing, out=left, where=(rise > 0)[face])
        np.minimum(right, crossing, out=right, where=(rise < 0)[face])
    return left, right


def _gradient(x: np.ndarray, y: np.ndarray, value: np.ndarray, area: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Change of a value per pixel to the right and per pixel down, (F,) each, from its corner values (3, F)."""
    dx, dy, change = x[1:] - x[0], y[1:] - y[0], value[1:] - value[0]
    return (change[1] * dy[0] - change[0] * dy[1]) / area, (change[0] * dx[1] - change[1] * dx[0]) / area


def _quantise(nearness: np.ndarray) -> np.ndarray:
    """Integers 0 ... 2^30 in the order of the given numbers."""
    if nearness.size == 0:
        return nearness.astype(np.int64)
    low, high = float(nearness.min()), float(nearness.max())
    return ((nearness - low) * (_DEPTH_LEVELS / max(high - low, 1e-30))).astype(np.int64)
