"""The live parameters of an objective, and the objective that they make, validated as a whole.

The flat parameters are those that the terms, projections and settings declare of themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any

from diffusion_mpc_ros.planning.constraints import ConstraintSet, JointPositionBox, JointVelocityBox, Projection
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.parameters import ParameterSpec, Value, specs_of
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.rewards.registry import TERMS
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.sampler import SamplerSettings
from diffusion_mpc_ros.planning.trajectory import RobotLimits
from diffusion_mpc_ros.planning.warm_start import WarmStart

CONSTRAINTS: tuple[type[Projection], ...] = (JointPositionBox, JointVelocityBox)
"""Projections an operator can switch on, in the order in which they are applied."""
ON_BY_DEFAULT = frozenset({JointPositionBox.name})
"""The mechanical limits hold for every plan; what else is projected is the operator's choice."""
WEIGHT_RANGE = (0.0, 1e6)


class ObjectiveError(ValueError):
    """Parameters that make no objective; one clause for each, naming it, what was expected and what was got."""


@dataclass(frozen=True)
class ObjectiveSchema:
    """Every parameter of an objective, and how an objective is made from values.

    Attributes:
        specs: the parameters.
        terms: reward terms that can be weighed.
        resources: what fields without metadata are filled with, by full name (``group.field``).
    """

    specs: tuple[ParameterSpec, ...]
    terms: tuple[type[RewardTerm], ...]
    resources: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, limits: RobotLimits, diffusion_steps: int = 10, resources: Mapping[str, Any] | None = None
    ) -> "ObjectiveSchema":
        """The schema for a robot and a model trained with K = ``diffusion_steps``.

        Terms with a field that is neither a parameter nor among the ``resources`` are left out: the model cannot
        compute them.
        """
        supplied = resources or {}
        terms = tuple(term for term in TERMS if _needs(term.name, term) <= supplied.keys())
        return cls(tuple(_specs(terms, limits, diffusion_steps)), terms, supplied)

    def objective(self, parameters: Mapping[str, object], revision: int = 0) -> Objective:
        """Build from flat parameters; what is missing takes its default.

        Raises:
            ObjectiveError: unknown name, wrong type or length, not finite, out of range, crossed bounds.
        """
        values = {**self.resources, **_parse(parameters, self.specs)}
        problems: list[str] = []

        def build(group: str, config: type) -> Any:
            try:
                return config(**{item.name: values[f"{group}.{item.name}"] for item in fields(config)})
            except ValueError as error:
                problems.append(f"{group}.{error}")

        terms = tuple((values[f"{term.name}.weight"], build(term.name, term)) for term in self.terms)
        # Switched off or not, limits that make no sense are refused when they are set, not when they are needed.
        projections = {item.name: build(f"constraints.{item.name}", item) for item in CONSTRAINTS}
        sampling, warm_start = build("sampler", SamplerSettings), build("cache", WarmStart)
        if problems:
            raise ObjectiveError("; ".join(problems))
        enabled = tuple(item for name, item in projections.items() if values[f"constraints.{name}.enabled"])
        try:
            return Objective(CompositeReward(terms), ConstraintSet(enabled), sampling, warm_start, revision)
        except ValueError as error:
            raise ObjectiveError(str(error)) from error


def _needs(group: str, config: type) -> set[str]:
    return {f"{group}.{item.name}" for item in fields(config) if not item.metadata}


def _specs(terms: Sequence[type[RewardTerm]], limits: RobotLimits, diffusion_steps: int) -> list[ParameterSpec]:
    defaults: dict[str, Value] = {
        "posture.target": limits.stand_pose,
        "range.lower": limits.lower,
        "range.upper": limits.upper,
        "constraints.joint_position.lower": limits.lower,
        "constraints.joint_position.upper": limits.upper,
        "constraints.joint_velocity.limit": limits.velocity,
        "sampler.steps": diffusion_steps,
    }
    specs: list[ParameterSpec] = []
    for term in terms:
        specs.append(ParameterSpec(f"{term.name}.weight", 0.0, term.text, WEIGHT_RANGE))
        specs += specs_of(term.name, term, defaults)
    for item in CONSTRAINTS:
        group = f"constraints.{item.name}"
        specs.append(ParameterSpec(f"{group}.enabled", item.name in ON_BY_DEFAULT, item.text))
        specs += specs_of(group, item, defaults)
    specs += specs_of("sampler", SamplerSettings, defaults)
    specs += specs_of("cache", WarmStart, defaults)
    ranges = {"sampler.steps": (1, diffusion_steps), "cache.steps": (0, diffusion_steps - 1)}
    return [replace(spec, range=ranges.get(spec.name, spec.range)) for spec in specs]


def _parse(parameters: Mapping[str, object], specs: Sequence[ParameterSpec]) -> dict[str, Any]:
    by_name = {spec.name: spec for spec in specs}
    problems = []
    for name in parameters.keys() - by_name.keys():
        near = get_close_matches(str(name), by_name, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        problems.append(f"{name}: expected a parameter of the objective, got an unknown name{hint}")
    values: dict[str, Any] = {}
    for name, spec in by_name.items():
        try:
            values[name] = spec.parse(parameters.get(name, spec.default))
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise ObjectiveError("; ".join(sorted(problems)))
    return values
