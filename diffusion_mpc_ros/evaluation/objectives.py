"""The objectives of the paper's experiments as sets of parameters, read from ``config/evaluation``."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from diffusion_mpc_ros.resources import resource_directory


class ObjectivesError(ValueError):
    """A file of objectives that cannot be used; the text names it."""


@dataclass(frozen=True)
class Guidance:
    """What an objective asks of the planner: flat parameters, each set over the deployed ones.

    Attributes:
        reward: weights and targets of terms, and how strongly they guide.
        constraint: what is projected.
    """

    reward: Mapping[str, Any]
    constraint: Mapping[str, Any]

    def parameters(self, candidates: int = 1, reward: bool = True, constraint: bool = True) -> dict[str, Any]:
        """A column of Table II. Without ``reward`` its terms do not guide the samples; they still rank candidates."""
        ranking = {} if reward else {"sampler.guidance_scale": 0.0}
        limits = self.constraint if constraint else {}
        return {**self.reward, **limits, **ranking, "sampler.candidates": candidates}


def objectives_file(name: str) -> Path:
    """``config/evaluation/NAME.yaml``."""
    return resource_directory("config") / "evaluation" / f"{name}.yaml"


def read_objectives(path: Path) -> dict[str, Guidance]:
    """The objectives of a file: name -> ``reward`` and ``constraint``, each a mapping of parameters.

    Raises:
        ObjectivesError: no such file, or something else in it.
    """
    try:
        document = yaml.safe_load(path.read_text())
        return {name: Guidance(**sections) for name, sections in document.items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ObjectivesError(f"{path}: {' '.join(str(error).split())}") from error
    except (AttributeError, TypeError) as error:
        raise ObjectivesError(f"{path}: expected objectives, each of a reward and a constraint: {error}") from error
