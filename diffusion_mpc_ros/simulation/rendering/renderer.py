"""Draws a MuJoCo model without a GPU, a display or a graphics library."""

import mujoco
import numpy as np

from diffusion_mpc_ros.simulation.rendering.backdrop import backdrop
from diffusion_mpc_ros.simulation.rendering.camera import Camera, Chase
from diffusion_mpc_ros.simulation.rendering.lighting import Material, ShadowMap, from_srgb, shade, to_srgb
from diffusion_mpc_ros.simulation.rendering.rasteriser import HIDDEN, barycentric, rasterise
from diffusion_mpc_ros.simulation.rendering.triangles import Triangles

_NEAR = 0.05
"""Faces that come closer to the camera than this are not drawn, m."""
_OVERSAMPLING = 2
"""Samples of the model's surface per pixel and axis: smooth edges."""


class Renderer:
    """Pictures of one model from any pose and camera.

    Args:
        model: any model; its geoms of groups 0 to 2 stand on a ground at z = 0.
        size: width and height of the pictures in pixels.
    """

    def __init__(self, model: mujoco.MjModel, size: tuple[int, int] = (960, 540)) -> None:
        self.size = size
        self._model = model
        self._data = mujoco.MjData(model)
        self._triangles = Triangles.of_model(model)
        self._material = _materials(model)

    def render(self, qpos: np.ndarray, camera: Camera) -> np.ndarray:
        """The picture (height, width, 3), uint8, of generalised positions ``qpos`` (nq,)."""
        self._data.qpos[:] = qpos
        mujoco.mj_kinematics(self._model, self._data)
        vertices, normals = self._triangles.placed(self._data)
        shadows = ShadowMap(vertices, self._triangles.faces)
        image = backdrop(camera, self.size, shadows)
        self._draw(image, vertices, normals, camera, shadows)
        return to_srgb(image)

    def _draw(
        self, image: np.ndarray, vertices: np.ndarray, normals: np.ndarray, camera: Camera, shadows: ShadowMap
    ) -> None:
        """Blends the model into the linear ``image``, touching only the pixels around it."""
        seen = camera.project(vertices, (self.size[0] * _OVERSAMPLING, self.size[1] * _OVERSAMPLING))
        apart = (seen[:, 2] > 0) & (seen[:, 2] < 1 / _NEAR)
        faces = self._triangles.faces[apart[self._triangles.faces].all(axis=1)]
        low, high = _bounds(seen[apart], self.size)
        if (low >= high).any():
            return
        seen = (seen - np.append(low * _OVERSAMPLING, 0)).astype(np.float32)
        width, height = high - low
        face = rasterise(seen, faces, (width * _OVERSAMPLING, height * _OVERSAMPLING))
        pixel, position, visible, share = _samples(face, self._triangles.geom[faces[:, 0]])
        corner = faces[visible]  # (P, 3) vertices of the face at every sample
        weights = barycentric(seen[corner], position)
        weights *= seen[:, 2][corner]  # linear in the image times inverse depth: linear on the surface
        weights /= weights.sum(axis=1, keepdims=True)
        point = _blend(weights, vertices[corner])
        normal = _unit(_blend(weights, normals[corner]))
        geom = self._triangles.geom[corner[:, 0]]
        towards_eye = _unit(camera.position.astype(np.float32) - point)
        colour = shade(self._material, geom, normal, towards_eye, shadows.sunlit(point, normal))

        window = image[low[1] : high[1], low[0] : high[0]]
        window *= 1 - np.bincount(pixel, share, width * height).astype(np.float32).reshape(height, width, 1)
        for channel in range(3):
            light = share * np.clip(colour[:, channel], 0, 1)
            window[..., channel] += np.bincount(pixel, light, width * height).reshape(height, width)


def render_image(
    model: mujoco.MjModel, qpos: np.ndarray, size: tuple[int, int] = (960, 540), camera: Camera | None = None
) -> np.ndarray:
    """One picture (height, width, 3), uint8, of ``model`` at ``qpos`` (nq,).

    Without a camera a free body in the first seven coordinates is followed as in the videos.
    """
    if camera is None:
        camera = Chase().cameras(np.asarray(qpos)[None], dt=1.0)[0]
    return Renderer(model, size).render(qpos, camera)


def _samples(face: np.ndarray, geom: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Where to look at the surface: all covered samples of a pixel on an edge, but only one inside a geom.

    Args:
        face: visible face of every sample, (height, width) times the oversampling.
        geom: (F,) geom of every face.

    Returns:
        For every sample: its pixel's index row by row, its position (P, 2) in samples, its face, its share of the
        pixel's area.
    """
    n = _OVERSAMPLING
    height, width = face.shape[0] // n, face.shape[1] // n
    blocks = face.reshape(height, n, width, n).swapaxes(1, 2).reshape(height * width, n * n)
    owner = np.where(blocks == HIDDEN, HIDDEN, geom[blocks])
    covered = owner != HIDDEN
    inside = covered[:, 0] & (owner == owner[:, :1]).all(axis=1)
    covered[inside, 1:] = False
    pixel, part = np.nonzero(covered)
    column, row = n * (pixel % width) + part % n, n * (pixel // width) + part // n
    position = np.stack([column, row], axis=1, dtype=np.float32) + 0.5
    return pixel, position, blocks[pixel, part], np.where(inside[pixel], 1.0, 1 / n**2).astype(np.float32)


def _blend(weights: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Weighted mean (P, n) over the corners (P, 3, n) with weights (P, 3)."""
    return weights[:, :1] * corners[:, 0] + weights[:, 1:2] * corners[:, 1] + weights[:, 2:] * corners[:, 2]


def _unit(vectors: np.ndarray) -> np.ndarray:
    """The vectors (P, 3) at length one."""
    return vectors / np.sqrt(np.einsum("pi,pi->p", vectors, vectors))[:, None]


def _bounds(seen: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """First and one past the last pixel, (2,) each, of the part of the image that projected vertices span."""
    if len(seen) == 0:
        return np.zeros(2, dtype=np.intp), np.zeros(2, dtype=np.intp)
    low, high = seen[:, :2].min(axis=0) / _OVERSAMPLING, seen[:, :2].max(axis=0) / _OVERSAMPLING
    return np.clip(np.floor(low), 0, size).astype(np.intp), np.clip(np.ceil(high), 0, size).astype(np.intp)


def _materials(model: mujoco.MjModel) -> Material:
    """The geoms' looks: their material's if they have one, else their own colour with MuJoCo's default gloss."""
    material = model.geom_matid
    own = material < 0
    if model.nmat == 0:
        rgba, specular, shininess = model.geom_rgba, np.full(model.ngeom, 0.5), np.full(model.ngeom, 0.5)
    else:
        rgba = np.where(own[:, None], model.geom_rgba, model.mat_rgba[material])
        specular = np.where(own, 0.5, model.mat_specular[material])
        shininess = np.where(own, 0.5, model.mat_shininess[material])
    return Material(
        from_srgb(rgba[:, :3]).astype(np.float32), specular.astype(np.float32), (2 + 126 * shininess).astype(np.float32)
    )
