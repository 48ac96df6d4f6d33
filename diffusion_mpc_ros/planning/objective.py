"""What to plan for: an immutable snapshot of rewards, constraints and sampling, validated as a whole.

The flat parameters are those that the terms, projections and settings declare of themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt

from diffusion_mpc_ros.planning.constraints import ConstraintSet, JointPositionBox, JointVelocityBox, Projection
from diffusion_mpc_ros.planning.parameters import ParameterSpec, Value, specs_of
from diffusion_mpc_ros.planning.rewards import (
    Align,
    CompositeReward,
    JointAcceleration,
    JointVelocity,
    Posture,
    Range,
    RewardTerm,
    Smooth,
)
from diffusion_mpc_ros.planning.sampler import SamplerSettings
from diffusion_mpc_ros.planning.warm_start import WarmStart

REWARDS: tuple[type[RewardTerm], ...] = (Posture, Range, JointVelocity, JointAcceleration, Align, Smooth)
"""Reward terms an operator can weigh."""
CONSTRAINTS: tuple[type[Projection], ...] = (JointPositionBox, JointVelocityBox)
"""Projections an operator can switch on, in the order in which they are applied."""
ON_BY_DEFAULT = frozenset({JointPositionBox.name})
"""The mechanical limits hold for every plan; what else is projected is the operator's choice."""
WEIGHT_RANGE = (0.0, 1e6)


class ObjectiveError(ValueError):
    """Parameters that make no objective; one clause for each, naming it, what was expected and what was got."""


@dataclass(frozen=True)
class Objective:
    """Everything a plan optimises and obeys, besides the learned prior.

    Attributes:
        reward: R(tau).
        constraints: C.
        sampling: number of candidates, guidance.
        warm_start: reuse of the previous plan.
        revision: changes whenever anything else does; a plan made for another revision is not reused.
    """

    reward: CompositeReward = field(default_factory=CompositeReward)
    constraints: ConstraintSet = field(default_factory=ConstraintSet)
    sampling: SamplerSettings = field(default_factory=SamplerSettings)
    warm_start: WarmStart = field(default_factory=WarmStart)
    revision: int = 0

    @classmethod
    def from_parameters(
        cls, parameters: Mapping[str, object], schema: Sequence[ParameterSpec], revision: int = 0
    ) -> "Objective":
        """Build from flat parameters; what is missing takes the schema's default.

        Raises:
            ObjectiveError: unknown name, wrong type or length, not finite, out of range, crossed bounds.
        """
        values = _parse(parameters, schema)
        problems: list[str] = []

        def build(group: str, config: type) -> Any:
            try:
                return config(**{item.name: values[f"{group}.{item.name}"] for item in fields(config)})
            except ValueError as error:
                problems.append(f"{group}.{error}")

        terms = tuple((values[f"{term.name}.weight"], build(term.name, term)) for term in REWARDS)
        # Switched off or not, limits that make no sense are refused when they are set, not when they are needed.
        projections = {item.name: build(f"constraints.{item.name}", item) for item in CONSTRAINTS}
        sampling, warm_start = build("sampler", SamplerSettings), build("cache", WarmStart)
        if problems:
            raise ObjectiveError("; ".join(problems))
        enabled = tuple(item for name, item in projections.items() if values[f"constraints.{name}.enabled"])
        return cls(CompositeReward(terms), ConstraintSet(enabled), sampling, warm_start, revision)


def objective_schema(
    joint_lower: npt.ArrayLike, joint_upper: npt.ArrayLike, velocity_limit: npt.ArrayLike, stand_pose: npt.ArrayLike
) -> tuple[ParameterSpec, ...]:
    """The parameters of an objective for a robot with these limits, all in joint order.

    Args:
        joint_lower, joint_upper: (12,) mechanical position limits, rad; defaults of the ranges.
        velocity_limit: (12,) rad/s; default of the speed limit.
        stand_pose: (12,) rad; default of the posture's target.
    """
    lower, upper, speed, pose = (
        tuple(np.asarray(values, np.float64).tolist())
        for values in (joint_lower, joint_upper, velocity_limit, stand_pose)
    )
    defaults: dict[str, Value] = {
        "posture.target": pose,
        "range.lower": lower,
        "range.upper": upper,
        "constraints.joint_position.lower": lower,
        "constraints.joint_position.upper": upper,
        "constraints.joint_velocity.limit": speed,
    }
    schema: list[ParameterSpec] = []
    for term in REWARDS:
        schema.append(ParameterSpec(f"{term.name}.weight", 0.0, term.text, WEIGHT_RANGE))
        schema += specs_of(term.name, term, defaults)
    for item in CONSTRAINTS:
        group = f"constraints.{item.name}"
        schema.append(ParameterSpec(f"{group}.enabled", item.name in ON_BY_DEFAULT, item.text))
        schema += specs_of(group, item, defaults)
    schema += specs_of("sampler", SamplerSettings, defaults)
    schema += specs_of("cache", WarmStart, defaults)
    return tuple(schema)


def _parse(parameters: Mapping[str, object], schema: Sequence[ParameterSpec]) -> dict[str, Any]:
    specs = {spec.name: spec for spec in schema}
    problems = []
    for name in parameters.keys() - specs.keys():
        near = get_close_matches(str(name), specs, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        problems.append(f"{name}: expected a parameter of the objective, got an unknown name{hint}")
    values: dict[str, Any] = {}
    for name, spec in specs.items():
        try:
            values[name] = spec.parse(parameters.get(name, spec.default))
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise ObjectiveError("; ".join(sorted(problems)))
    return values
