"""The live parameters of an objective, and the objective that they make, validated as a whole.

The flat parameters are those that the terms, projections and settings declare of themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any

from diffusion_mpc_ros.planning.constraints.constraint_set import ConstraintSet
from diffusion_mpc_ros.planning.constraints.registry import CONSTRAINTS, ON_BY_DEFAULT
from diffusion_mpc_ros.planning.constraints.registry import defaults as constraint_defaults
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.parameters import ParameterSpec, Value, specs_of
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.rewards.registry import OTHER_GROUPS
from diffusion_mpc_ros.planning.rewards.registry import terms as all_terms
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.sampling import SamplerSettings
from diffusion_mpc_ros.planning.trajectory import RobotLimits
from diffusion_mpc_ros.planning.velocity_feedback import VelocityFeedback
from diffusion_mpc_ros.planning.warm_start import WarmStart

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

        Raises:
            RewardTermError: an operator's own term that cannot be used.
        """
        supplied = resources or {}
        terms = tuple(term for term in all_terms() if _needs(term.name, term) <= supplied.keys())
        schema = cls(tuple(_specs(terms, limits, diffusion_steps)), terms, supplied)
        if not schema.measures_velocity:
            return schema
        return replace(schema, specs=(*schema.specs, *specs_of(VelocityFeedback.group, VelocityFeedback, {})))

    def objective(self, parameters: Mapping[str, object], revision: int = 0) -> Objective:
        """Build from flat parameters; what is missing takes its default.

        Raises:
            ObjectiveError: unknown name, wrong type or length, not finite, out of range, crossed bounds.
        """
        values, problems = self.read({spec.name: spec.default for spec in self.specs} | dict(parameters))
        if problems:
            raise ObjectiveError("; ".join(problems))
        values |= self.resources

        def build(group: str, config: type) -> Any:
            try:
                return config(**{item.name: values[f"{group}.{item.name}"] for item in fields(config)})
            except ValueError as error:
                problems.append(f"{group}.{error}")

        terms = tuple((values[f"{term.name}.weight"], build(term.name, term)) for term in self.terms)
        # Switched off or not, limits that make no sense are refused when they are set, not when they are needed.
        constraints = {item.name: build(f"constraints.{item.name}", item) for item in CONSTRAINTS}
        sampling, warm_start = build("sampler", SamplerSettings), build("cache", WarmStart)
        feedback = build(VelocityFeedback.group, VelocityFeedback) if self.measures_velocity else None
        if problems:
            raise ObjectiveError("; ".join(problems))
        enabled = tuple(item for name, item in constraints.items() if values[f"constraints.{name}.enabled"])
        try:
            return Objective(CompositeReward(terms), ConstraintSet(enabled), sampling, warm_start, feedback, revision)
        except ValueError as error:
            raise ObjectiveError(str(error)) from error

    @property
    def measures_velocity(self) -> bool:
        """Whether the model comes with an odometer."""
        return _needs(VelocityFeedback.group, VelocityFeedback) <= self.resources.keys()

    def everything(self) -> Objective:
        """Every term weighed, and candidates ranked: to run once, ahead of time, what is compiled at its first use."""
        return self.objective({"sampler.candidates": 2, **{f"{term.name}.weight": 1.0 for term in self.terms}})

    def read(self, parameters: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Those of the parameters that have a meaning, each in its own type, and a clause for each that has none.

        Rules that tie several parameters together are not looked at.
        """
        by_name = {spec.name: spec for spec in self.specs}
        values: dict[str, Any] = {}
        problems = []
        for name, value in sorted(parameters.items()):
            try:
                values[name] = by_name[name].parse(value)
            except KeyError:
                problems.append(f"{name}: {self._unknown(name)}")
            except ValueError as error:
                problems.append(f"{name}: {error}")
        return values, problems

    def claims(self, name: str) -> bool:
        """Whether a parameter is meant for an objective: of a term, constraint or setting, known to it or not."""
        return name.partition(".")[0] in OTHER_GROUPS.union(term.name for term in all_terms())

    def _unknown(self, name: str) -> str:
        group = name.partition(".")[0]
        if group in {term.name for term in all_terms()} - {term.name for term in self.terms}:
            return f"expected a term that the model supports, got one that needs a network for {group}"
        if group == VelocityFeedback.group and not self.measures_velocity:
            return "expected a parameter that the model supports, got one that needs an odometer"
        near = get_close_matches(name, [spec.name for spec in self.specs], n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return f"expected a parameter of the objective, got an unknown name{hint}"


def _needs(group: str, config: type) -> set[str]:
    return {f"{group}.{item.name}" for item in fields(config) if not item.metadata}


def _specs(terms: Sequence[type[RewardTerm]], limits: RobotLimits, diffusion_steps: int) -> list[ParameterSpec]:
    defaults: dict[str, Value] = {
        "posture.target": limits.stand_pose,
        "leg_posture_share.target": limits.stand_pose,
        "range.lower": limits.lower,
        "range.upper": limits.upper,
        "sampler.steps": diffusion_steps,
        **constraint_defaults(limits),
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
