"""Sunlight with soft shadows, and what it does to a surface.

Colours are linear (proportional to light) until ``to_srgb``; alpha does not occur.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageFilter

from diffusion_mpc_ros.simulation.rendering.rasteriser import HIDDEN, barycentric, rasterise

SUN = np.array([0.35, -0.45, 0.82], dtype=np.float32) / np.float32(np.linalg.norm([0.35, -0.45, 0.82]))
"""Direction towards the sun, world frame."""
SUNLIGHT = np.array([1.36, 1.30, 1.22], dtype=np.float32)
SKYLIGHT = np.array([0.30, 0.335, 0.40], dtype=np.float32)
GROUNDLIGHT = np.array([0.13, 0.135, 0.14], dtype=np.float32)
"""Light from above and light thrown back by the ground, on surfaces that face them."""

_GAMMA = 2.2
_LEVELS = 4095
_SRGB = np.round(255 * (np.arange(_LEVELS + 1) / _LEVELS) ** (1 / _GAMMA)).astype(np.uint8)


def from_srgb(colour: ArrayLike) -> np.ndarray:
    """Display values in [0, 1] to linear light."""
    return np.asarray(colour, dtype=np.float64) ** _GAMMA


def to_srgb(light: np.ndarray) -> np.ndarray:
    """Linear light (clipped to [0, 1]) to display values, uint8."""
    return _SRGB[(np.clip(light, 0, 1) * _LEVELS).astype(np.int16)]


@dataclass(frozen=True)
class Material:
    """How geoms look: linear colour (G, 3), strength of the highlight (G,) in [0, 1], its sharpness (G,) exponent."""

    colour: np.ndarray
    specular: np.ndarray
    exponent: np.ndarray


def shade(
    material: Material, geom: np.ndarray, normal: np.ndarray, towards_eye: np.ndarray, sunlit: np.ndarray
) -> np.ndarray:
    """Linear colour (P, 3) of surface points (Blinn-Phong in the sun, hemispheric light from sky and ground).

    Args:
        material: of all geoms.
        geom: (P,) the geom each point belongs to.
        normal: (P, 3) unit normals, world frame.
        towards_eye: (P, 3) unit directions to the camera, world frame.
        sunlit: (P,) share of the sun that is not in shadow, [0, 1].
    """
    facing = np.clip(normal @ SUN, 0, 1) * sunlit
    halfway = towards_eye + SUN
    halfway /= np.sqrt(np.einsum("pi,pi->p", halfway, halfway))[:, None]
    highlight = np.clip(np.einsum("pi,pi->p", normal, halfway), 0, 1) ** material.exponent[geom]
    glint = 0.7 * material.specular[geom] * highlight * sunlit * (facing > 0)
    # A smooth surface mirrors the bright sky at grazing angles.
    grazing = (1 - np.clip(np.einsum("pi,pi->p", normal, towards_eye), 0, 1)) ** 4
    sheen = 0.35 * material.specular[geom] * grazing * (0.5 + 0.5 * normal[:, 2])
    upward = (0.5 + 0.5 * normal[:, 2])[:, None]
    received = facing[:, None] * SUNLIGHT + upward * SKYLIGHT + (1 - upward) * GROUNDLIGHT
    return material.colour[geom] * received + glint[:, None] * SUNLIGHT + sheen[:, None] * SKYLIGHT


class ShadowMap:
    """What the sun sees of the scene: a parallel projection onto a square that holds all of it.

    Args:
        vertices: (V, 3) of the scene, world frame, m.
        faces: (F, 3) indices of each triangle's vertices.

    Attributes:
        darkness: share of its light that the ground loses, in [0, 1], as a floating-point picture.
    """

    resolution = 384
    """Pixels along a side."""
    bias = 0.008
    """How far surfaces are lifted off themselves before asking what is above them, m: none darkens itself."""
    sun_loss, sky_loss = 0.62, 0.45
    """Share of the ground's light that is lost where all of the sun, or all of the sky, is hidden."""
    sun_blur, sky_blur = 0.012, 0.10
    """Standard deviations of the two shadows' edges, m. Beneath a body less of the sky is visible: the wide faint
    shadow anchors it to the ground."""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        right = np.cross([0.0, 1.0, 0.0], SUN)
        right /= np.linalg.norm(right)
        self._axes = np.stack([right, -np.cross(SUN, right), SUN]).astype(np.float32)
        across = vertices @ self._axes[:2].T
        low, high = across.min(axis=0, initial=np.inf), across.max(axis=0, initial=-np.inf)
        if len(vertices) == 0:
            low, high = np.zeros(2), np.zeros(2)
        reach = 0.5 * float((high - low).max()) + 3 * self.sky_blur  # half the side of the square, m
        self._scale = 0.5 * self.resolution / reach  # pixels a metre
        self._corner = (0.5 * (low + high) - reach).astype(np.float32)
        size = (self.resolution, self.resolution)
        seen = self._project(vertices)
        face = rasterise(seen, faces, size)
        covered = face != HIDDEN
        row, column = np.nonzero(covered)
        blocker = seen[faces[face[covered]]]
        weights = barycentric(blocker, np.stack([column, row], axis=1, dtype=np.float32) + 0.5)
        self._height = np.full(face.shape, -np.inf, dtype=np.float32)
        self._height[covered] = (weights * blocker[..., 2]).sum(axis=1)
        self.darkness = self._ground_darkness(covered)

    def sunlit(self, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """Share of the sun, [0, 1], that reaches points (P, 3) of surfaces with unit normals (P, 3).

        Four taps smooth the shadow's edge.
        """
        seen = self._project(points + self.bias * normals)
        light = np.zeros(len(points), dtype=np.float32)
        for shift_x, shift_y in ((-0.9, -0.3), (0.3, -0.9), (0.9, 0.3), (-0.3, 0.9)):
            column = np.clip(seen[:, 0] + shift_x, 0, self.resolution - 1).astype(np.intp)
            row = np.clip(seen[:, 1] + shift_y, 0, self.resolution - 1).astype(np.intp)
            light += self._height[row, column] < seen[:, 2]
        return light / 4

    @property
    def from_ground(self) -> np.ndarray:
        """Homogeneous map (3, 3) from ground points (x, y, 1) in m to pixels (column, row, 1) of ``darkness``."""
        origin, x, y = self._project(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=np.float64))[:, :2]
        return np.array([*np.stack([x - origin, y - origin, origin], axis=1), [0, 0, 1]])

    def _project(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) in m to pixels right, pixels down and height towards the sun in m."""
        seen = points @ self._axes.T
        seen[..., :2] = (seen[..., :2] - self._corner) * self._scale
        return seen

    def _ground_darkness(self, covered: np.ndarray) -> Image.Image:
        cover = Image.fromarray(covered.astype(np.uint8) * 255)
        sun, sky = (
            np.asarray(cover.filter(ImageFilter.GaussianBlur(blur * self._scale)), dtype=np.float32) / 255
            for blur in (self.sun_blur, self.sky_blur)
        )
        return Image.fromarray(1 - (1 - self.sun_loss * sun) * (1 - self.sky_loss * sky))
