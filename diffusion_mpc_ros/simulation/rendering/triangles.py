"""The visible surface of a MuJoCo model as one list of triangles."""

from dataclasses import dataclass

import mujoco
import numpy as np

VISIBLE_GROUPS = (0, 1, 2)
"""Geom groups that are drawn, as MuJoCo's own viewer does by default; collision geometry is in group 3."""

_AROUND = 32
"""Segments of a full turn of round primitives."""


@dataclass(frozen=True)
class Triangles:
    """Triangles fixed to the geoms of a model, seen counter-clockwise from outside.

    Attributes:
        vertices: (V, 3) positions in the frame of the vertex's geom, m.
        normals: (V, 3) unit outward normals, same frame.
        geom: (V,) index of the geom that carries the vertex.
        faces: (F, 3) indices of each triangle's vertices, all of one geom.

    Single precision throughout: a tenth of a micrometre at the size of a robot.
    """

    vertices: np.ndarray
    normals: np.ndarray
    geom: np.ndarray
    faces: np.ndarray

    @classmethod
    def of_model(cls, model: mujoco.MjModel) -> "Triangles":
        """All drawable geoms in the visible groups; planes are left to the backdrop."""
        parts = [np.zeros((0, 7))]
        for geom in range(model.ngeom):
            surface = _SURFACES.get(int(model.geom_type[geom]))
            if surface is not None and model.geom_group[geom] in VISIBLE_GROUPS:
                corners, normals = surface(model, geom)
                owner = np.full((len(corners), 3, 1), geom)
                parts.append(np.concatenate([corners, normals, owner], axis=2).reshape(-1, 7))
        distinct, index = np.unique(np.concatenate(parts).astype(np.float32), axis=0, return_inverse=True)
        return cls(distinct[:, :3], distinct[:, 3:6], distinct[:, 6].astype(np.intp), index.reshape(-1, 3))

    def placed(self, data: mujoco.MjData) -> tuple[np.ndarray, np.ndarray]:
        """Vertices and normals in the world frame, (V, 3) each, for the pose held by ``data``."""
        rotation = data.geom_xmat.astype(np.float32).reshape(-1, 3, 3)[self.geom]
        position = np.einsum("vij,vj->vi", rotation, self.vertices) + data.geom_xpos.astype(np.float32)[self.geom]
        return position, np.einsum("vij,vj->vi", rotation, self.normals)


Surface = tuple[np.ndarray, np.ndarray]
"""Corners and normals, (F, 3, 3) each, in the geom's frame."""


def _box(model: mujoco.MjModel, geom: int) -> Surface:
    square = np.array([[-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]])[[[0, 1, 2], [0, 2, 3]]]
    sides = [np.roll(sign * square[:, ::sign], turn, axis=2) for turn in range(3) for sign in (1, -1)]
    outward = [np.roll([0.0, 0.0, sign], turn) for turn in range(3) for sign in (1, -1)]
    normals = np.broadcast_to(np.repeat(outward, 2, axis=0)[:, None], (12, 3, 3))
    return np.concatenate(sides) * model.geom_size[geom], normals


def _ellipsoid(model: mujoco.MjModel, geom: int) -> Surface:
    size = model.geom_size[geom]
    radii = np.where(size > 0, size, size[0])  # a sphere names its radius once
    angle = np.linspace(np.pi, 0, _AROUND // 2 + 1)
    corners, normals = _turned(np.sin(angle), np.cos(angle), np.sin(angle), np.cos(angle))
    normals = normals / radii
    return corners * radii, normals / np.linalg.norm(normals, axis=2, keepdims=True)


def _capsule(model: mujoco.MjModel, geom: int) -> Surface:
    radius, half_length = model.geom_size[geom][:2]
    angle = np.append(np.linspace(np.pi, np.pi / 2, 9), np.linspace(np.pi / 2, 0, 9))
    shift = np.repeat([-half_length, half_length], 9)
    return _turned(radius * np.sin(angle), radius * np.cos(angle) + shift, np.sin(angle), np.cos(angle))


def _cylinder(model: mujoco.MjModel, geom: int) -> Surface:
    radius, half_length = model.geom_size[geom][:2]
    outline = np.array([[0, -1, 0, -1], [1, -1, 0, -1], [1, -1, 1, 0], [1, 1, 1, 0], [1, 1, 0, 1], [0, 1, 0, 1]])
    return _turned(radius * outline[:, 0], half_length * outline[:, 1], outline[:, 2], outline[:, 3])


def _turned(radius: np.ndarray, height: np.ndarray, normal_radius: np.ndarray, normal_height: np.ndarray) -> Surface:
    """The outline (N,) of radius over height, from below upwards, turned about the z axis."""
    angle = np.linspace(0, 2 * np.pi, _AROUND + 1)
    circle = np.stack([np.cos(angle), np.sin(angle), np.ones_like(angle)], axis=1)  # (A, 3)
    points = circle * np.stack([radius, radius, height], axis=1)[:, None]  # (N, A, 3)
    normals = circle * np.stack([normal_radius, normal_radius, normal_height], axis=1)[:, None]
    return _strips(points), _strips(normals)


def _strips(grid: np.ndarray) -> np.ndarray:
    """Triangles (F, 3, 3) of a grid (N, A, 3) whose columns run counter-clockwise about its rows' axis."""
    below, right = grid[:-1, :-1], grid[:-1, 1:]
    above, across = grid[1:, :-1], grid[1:, 1:]
    pair = np.stack([np.stack([below, right, across], axis=2), np.stack([below, across, above], axis=2)])
    return pair.reshape(-1, 3, 3)


def _mesh(model: mujoco.MjModel, geom: int) -> Surface:
    mesh = model.geom_dataid[geom]
    faces = slice(model.mesh_faceadr[mesh], model.mesh_faceadr[mesh] + model.mesh_facenum[mesh])
    corners = model.mesh_vert[model.mesh_vertadr[mesh] + model.mesh_face[faces]]
    return corners, model.mesh_normal[model.mesh_normaladr[mesh] + model.mesh_facenormal[faces]]


_SURFACES = {
    int(mujoco.mjtGeom.mjGEOM_BOX): _box,
    int(mujoco.mjtGeom.mjGEOM_SPHERE): _ellipsoid,
    int(mujoco.mjtGeom.mjGEOM_ELLIPSOID): _ellipsoid,
    int(mujoco.mjtGeom.mjGEOM_CAPSULE): _capsule,
    int(mujoco.mjtGeom.mjGEOM_CYLINDER): _cylinder,
    int(mujoco.mjtGeom.mjGEOM_MESH): _mesh,
}
