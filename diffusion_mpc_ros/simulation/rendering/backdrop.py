"""Checkerboard ground under a gradient sky, with the pattern averaged over each pixel: no flicker in the distance."""

import numpy as np
from PIL import Image

from diffusion_mpc_ros.simulation.rendering.camera import Camera
from diffusion_mpc_ros.simulation.rendering.lighting import ShadowMap, from_srgb

TILE = 0.5
"""Side of a square of the pattern, m."""
DARK_TILE = from_srgb([0.335, 0.385, 0.445])
LIGHT_TILE = from_srgb([0.415, 0.465, 0.525])
HORIZON = from_srgb([0.80, 0.84, 0.88])
ZENITH = from_srgb([0.36, 0.48, 0.62])
HAZE = 7.0
"""Distance over which the ground fades into the horizon, m."""


def backdrop(camera: Camera, size: tuple[int, int], shadows: ShadowMap) -> np.ndarray:
    """Linear colours (height, width, 3), float32, of ground (z = 0) and sky as the camera sees them.

    The camera has no roll, so what depends on depth or on height above the horizon is the same along a row.
    """
    width, height = size
    focal = camera.focal_length(size)
    right, down, forward = camera.axes
    rays = forward + ((np.arange(height) + 0.5 - 0.5 * height) / focal)[:, None] * down  # (height, 3)
    upward = np.clip(2.2 * rays[:, 2], 0, 1)[:, None]
    sky = HORIZON + (ZENITH - HORIZON) * upward  # (height, 3)
    top_edge = rays[:, 2] - 0.5 / focal * down[2]
    horizon = int(np.argmax(np.append(top_edge < -1e-6, True)))  # first row that shows nothing but ground
    image = np.empty((height, width, 3), dtype=np.float32)
    image[:horizon] = sky[:horizon, None]
    if horizon == height or camera.position[2] <= 0:
        image[horizon:] = sky[horizon:, None]
        return image

    rays = rays[horizon:]
    depth = camera.position[2] / -rays[:, 2]  # (rows,)
    sideways = (np.arange(width) + 0.5 - 0.5 * width) / focal  # (width,)
    middle = camera.position[:2] + depth[:, None] * rays[:, :2]  # (rows, 2)
    points = [  # x and y, (rows, width) each
        middle[:, [axis]].astype(np.float32) + np.outer(depth * right[axis], sideways).astype(np.float32)
        for axis in range(2)
    ]
    across, along = depth[:, None] * np.abs(right[:2]) / focal, np.abs(np.gradient(middle, axis=0))
    share = _pattern(points, across + along)

    clear = np.exp(-((depth / HAZE) ** 2))[:, None]
    dark, light = (clear * tile + (1 - clear) * sky[horizon:] for tile in (DARK_TILE, LIGHT_TILE))  # (rows, 3) each
    ground = image[horizon:]
    ground[:] = share[..., None]
    ground *= (light - dark).astype(np.float32)[:, None]
    ground += dark.astype(np.float32)[:, None]
    ground *= 1 - _darkness(camera, size, horizon, shadows)[..., None]
    return image


def _pattern(points: list[np.ndarray], footprint: np.ndarray) -> np.ndarray:
    """Share of light tile, (rows, width), in pixels at ``points`` that measure ``footprint`` (rows, 2) m."""
    waves = []
    for axis in range(2):
        tiles = points[axis] / np.float32(TILE)
        half = np.maximum(0.5 * footprint[:, [axis]] / TILE, 1e-3).astype(np.float32)
        waves.append((_square_wave_integral(tiles + half) - _square_wave_integral(tiles - half)) / (2 * half))
    return 0.5 + 0.5 * waves[0] * waves[1]


def _square_wave_integral(x: np.ndarray) -> np.ndarray:
    """Integral of the wave that is +1 on even and -1 on odd unit intervals."""
    return 1 - np.abs(x - 2 * np.floor(0.5 * x) - 1)


def _darkness(camera: Camera, size: tuple[int, int], horizon: int, shadows: ShadowMap) -> np.ndarray:
    """Shadow on the image's rows from ``horizon`` on, (rows, width) in [0, 1]: the map in perspective."""
    focal = camera.focal_length(size)
    right, down, forward = camera.axes
    corner = forward - 0.5 * size[0] / focal * right + (horizon - 0.5 * size[1]) / focal * down
    to_ray = np.stack([right / focal, down / focal, corner], axis=1)  # of pixel (column, row, 1)
    x, y, z = camera.position
    to_ground = np.array([[z, 0, -x], [0, z, -y], [0, 0, -1]])  # where a ray meets z = 0, homogeneous
    homography = shadows.from_ground @ to_ground @ to_ray
    coefficients = (homography / homography[2, 2]).ravel()[:8]
    perspective = Image.Transform.PERSPECTIVE
    rows = (size[0], size[1] - horizon)
    return np.asarray(shadows.darkness.transform(rows, perspective, coefficients, Image.Resampling.BILINEAR))
