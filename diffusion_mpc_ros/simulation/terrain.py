"""Uneven ground: a height field that repeats itself, so that a patch which follows each robot is endless ground.

MuJoCo shares a height field's data among all environments. Different amplitudes are therefore different fields of one
pattern, of which each environment shows one; who stands on the plane shows none, and pays for none.
"""

import mujoco
import numpy as np

from diffusion_mpc_ros.simulation.go2 import GROUND_FRICTION

ROUGH = "rough"
"""Name of the body that carries the patch, and of its geom."""
CELL = 0.2
"""Distance between neighbouring heights, m: about half a stride. The ground is flat triangles in between."""
PERIOD = 6.4
"""After which the ground repeats itself, along both axes, m."""
LEVELS = 8
"""Amplitudes there are: a drawn one is rounded up to a multiple of the largest one's LEVELS-th part."""

_NODES = round(PERIOD / CELL)
_SEED = 20
_DEPTH = 0.2
"""Of the solid below the lowest point, m."""


def pattern() -> np.ndarray:
    """Heights (32, 32) of one period in units of the amplitude, -1 to 1 and both reached; x along the columns."""
    drawn = np.random.default_rng(_SEED).random((_NODES, _NODES))
    return 2 * (drawn - drawn.min()) / np.ptp(drawn) - 1


def add_rough_ground(spec: mujoco.MjSpec, amplitude: float) -> None:
    """Adds a patch of two periods by two to the Go2's description, with fields up to ``amplitude``, m.

    The ground's plane stays: who collides with which of the two is each environment's.
    """
    whole = np.pad((pattern() + 1) / 2, (0, _NODES + 1), mode="wrap")
    for level in range(1, LEVELS + 1):
        spec.add_hfield(
            name=f"{ROUGH}_{level}",
            size=[PERIOD, PERIOD, 2 * amplitude * level / LEVELS, _DEPTH],
            nrow=whole.shape[0],
            ncol=whole.shape[1],
            userdata=whole.ravel().tolist(),
        )
    body = spec.worldbody.add_body(name=ROUGH, mocap=True)
    body.add_geom(
        name=ROUGH,
        type=mujoco.mjtGeom.mjGEOM_HFIELD,
        hfieldname=f"{ROUGH}_{LEVELS}",
        friction=[GROUND_FRICTION, 0.005, 0.0001],
        contype=1,
        conaffinity=0,
    )


class Terrain:
    """The ground's height under N environments, m: an amplitude times the pattern."""

    def __init__(self, num_envs: int, largest: float) -> None:
        self.largest = largest
        self.level = np.zeros(num_envs, dtype=np.intp)
        """(N,) which field is shown; 0 is the plane."""
        self._pattern = pattern()

    @property
    def amplitude(self) -> np.ndarray:
        """(N,) m."""
        return self.level * (self.largest / LEVELS)

    def set(self, ids: np.ndarray, amplitude: np.ndarray) -> None:
        """Give the environments ``ids`` ground of ``amplitude`` (len(ids),) m, at most the largest."""
        share = np.minimum(amplitude / self.largest, 1.0)
        self.level[ids] = np.ceil(LEVELS * share - 1e-9)

    def height(self, xy: np.ndarray) -> np.ndarray:
        """Heights (N, ...) at points xy (N, ..., 2), m, world frame: on MuJoCo's two triangles of each cell."""
        corner = np.floor(xy / CELL)
        column, row = np.moveaxis(corner.astype(np.intp) % _NODES, -1, 0)
        along, up = np.moveaxis(xy / CELL - corner, -1, 0)
        right, above = (column + 1) % _NODES, (row + 1) % _NODES
        beside, over = self._pattern[row, right], self._pattern[above, column]
        near, far = self._pattern[row, column], self._pattern[above, right]
        unit = np.where(
            along > up,
            near + along * (beside - near) + up * (far - beside),
            near + up * (over - near) + along * (far - over),
        )
        return unit * self.amplitude.reshape(-1, *[1] * (unit.ndim - 1))
