"""Smooth closed surfaces from a few cross-sections: the only shape that the Go2's shell is made of."""

import numpy as np

_AROUND = 24
"""Points around a cross-section."""
_BETWEEN = 2
"""Cross-sections inserted for each one given."""


def loft(axis: str, sections: list[tuple[float, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """A closed surface through superellipses that are strung along an axis.

    Args:
        axis: ``x``, ``y`` or ``z``, along which the sections are strung.
        sections: at least two, in ascending order, each a tuple (position along the axis; centre, 2 values;
            half-widths, 2 values; exponent). Pairs are for the two other axes in cyclic order (y: z, x). An exponent
            of 2 is an ellipse; larger ones approach a rectangle. Lengths in m.

    Returns:
        Vertices (V, 3) in m and triangles (F, 3), counter-clockwise seen from outside.
    """
    along, centre_u, centre_v, half_u, half_v, exponent = _refined(np.array(sections, dtype=np.float64)).T[..., None]
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    cos, sin = np.cos(angle), np.sin(angle)
    u = centre_u + half_u * np.sign(cos) * np.abs(cos) ** (2 / exponent)  # (S, A)
    v = centre_v + half_v * np.sign(sin) * np.abs(sin) ** (2 / exponent)
    rings = np.stack([np.broadcast_to(along, u.shape), u, v], axis=2)
    vertices = np.concatenate([rings.reshape(-1, 3), rings[[0, -1]].mean(axis=1)])

    first = np.arange(_AROUND)
    second = (first + 1) % _AROUND
    start, end = len(vertices) - 2, len(vertices) - 1
    last = _AROUND * (len(rings) - 1)
    below = _AROUND * np.arange(len(rings) - 1)[:, None]
    faces = [
        _faces(below + first, below + second, below + _AROUND + second),
        _faces(below + first, below + _AROUND + second, below + _AROUND + first),
        _faces(np.full(_AROUND, start), second, first),
        _faces(np.full(_AROUND, end), last + first, last + second),
    ]
    return np.roll(vertices, "xyz".index(axis), axis=1), np.concatenate(faces)


def mirrored(surface: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The surface reflected in the x-z plane: a left part becomes a right one."""
    vertices, faces = surface
    return vertices * [1, -1, 1], faces[:, ::-1]


def _refined(sections: np.ndarray) -> np.ndarray:
    """Catmull-Rom spline through the rows (N, n), end tangents along the first and last step."""
    padded = np.concatenate([[2 * sections[0] - sections[1]], sections, [2 * sections[-1] - sections[-2]]])
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.arange(_BETWEEN + 1)[:, None, None] / (_BETWEEN + 1)
    curve = start + 0.5 * t * (
        end - before + t * (2 * before - 5 * start + 4 * end - after + t * (3 * (start - end) + after - before))
    )
    rows = np.concatenate([np.swapaxes(curve, 0, 1).reshape(-1, sections.shape[1]), sections[-1:]])
    rows[:, 3:5] = np.maximum(rows[:, 3:5], 1e-4)
    return rows


def _faces(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    return np.stack(np.broadcast_arrays(a, b, c), axis=-1).reshape(-1, 3)
