"""Pinhole camera, and how it follows a robot."""

from dataclasses import dataclass

import numpy as np

UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Camera:
    """A pinhole camera without roll.

    Attributes:
        position: where it stands, (3,) m in the world frame.
        target: the point in the middle of its image, (3,) m; not straight above or below the position.
        field_of_view: vertical opening angle, rad.
    """

    position: np.ndarray
    target: np.ndarray
    field_of_view: float = np.deg2rad(28.0)

    @classmethod
    def orbiting(cls, target: np.ndarray, azimuth: float, elevation: float, distance: float) -> "Camera":
        """Looks at ``target`` (3,) from ``distance`` m away.

        ``azimuth`` is the direction from the target to the camera about the world's z axis (0 is +x) and
        ``elevation`` that above the horizon, rad.
        """
        level = np.cos(elevation)
        away = np.array([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)])
        return cls(np.asarray(target) + distance * away, np.asarray(target))

    @property
    def axes(self) -> np.ndarray:
        """Rows: the image's right, the image's down and the viewing direction, in the world frame (3, 3)."""
        forward = self.target - self.position
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, UP)
        right = right / np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward])

    def focal_length(self, size: tuple[int, int]) -> float:
        """Distance of the image plane in pixels of an image of ``size`` (width, height)."""
        return 0.5 * size[1] / float(np.tan(0.5 * self.field_of_view))

    def project(self, points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """World points (..., 3) in m to (..., 3): pixels right, pixels down, inverse depth in 1/m.

        Points behind the camera have a negative inverse depth and no meaningful pixel.
        """
        seen = (points - self.position) @ self.axes.T
        inverse_depth = 1.0 / seen[..., 2]
        scale = self.focal_length(size) * inverse_depth
        return np.stack(
            [0.5 * size[0] + scale * seen[..., 0], 0.5 * size[1] + scale * seen[..., 1], inverse_depth], axis=-1
        )

    def rays(self, size: tuple[int, int]) -> np.ndarray:
        """Viewing direction of every pixel centre in the world frame, (height, width, 3), one m deep."""
        width, height = size
        focal = self.focal_length(size)
        right = ((np.arange(width) + 0.5 - 0.5 * width) / focal)[None, :, None]
        down = ((np.arange(height) + 0.5 - 0.5 * height) / focal)[:, None, None]
        axes = self.axes
        return right * axes[0] + down * axes[1] + axes[2]


@dataclass(frozen=True)
class Chase:
    """A camera that keeps a walking robot in the picture, and does so calmly.

    Attributes:
        azimuth: direction from the robot to the camera relative to the robot's heading, rad (0 is ahead of it).
        elevation: direction above the horizon, rad.
        distance: from the robot, m.
        height: of the point looked at, m above the ground; constant, so that the bounce of the trunk stays visible.
        smoothing: standard deviation of the Gaussian that smooths position and heading, s.
    """

    azimuth: float = np.deg2rad(-52.0)
    elevation: float = np.deg2rad(13.0)
    distance: float = 1.6
    height: float = 0.19
    smoothing: float = 0.7

    def cameras(self, qpos: np.ndarray, dt: float) -> list[Camera]:
        """One camera for every row of ``qpos`` (T, 7 or more), rows ``dt`` s apart."""
        centre = smooth(qpos[:, :2], self.smoothing / dt)
        yaw = smooth(np.unwrap(heading(qpos[:, 3:7]))[:, None], self.smoothing / dt)[:, 0]
        return [
            Camera.orbiting(np.array([x, y, self.height]), angle + self.azimuth, self.elevation, self.distance)
            for (x, y), angle in zip(centre, yaw, strict=True)
        ]


def heading(quaternion: np.ndarray) -> np.ndarray:
    """Yaw in rad, (...,), of orientations (..., 4) given as w, x, y, z."""
    w, x, y, z = np.moveaxis(quaternion, -1, 0)
    return np.arctan2(2 * (w * z + x * y), 1 - 2 * (y**2 + z**2))


def smooth(series: np.ndarray, deviation: float) -> np.ndarray:
    """The series (T, n) under a Gaussian of ``deviation`` samples; its ends are held beyond the series."""
    reach = int(np.ceil(3 * deviation))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(deviation, 1e-9)) ** 2)
    padded = np.pad(series, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, weights / weights.sum(), mode="valid") for column in padded.T], axis=1)
