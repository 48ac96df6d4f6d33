"""An objective that is changed while plans are made: what a set call does to it, and when it refuses.

Limits come in pairs, and a tool sets one parameter at a time. A call that moves one limit past its partner is therefore
accepted, but the pair waits: the values are kept, and the last values that agreed stay in force, until a later call
makes the two agree. Either order of a pair's limits thus leads to the same objective.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema
from diffusion_mpc_ros.planning.parameters import Value

Values = Mapping[str, Value]


@dataclass(frozen=True)
class Pair:
    """Two parameters of which one bounds the other, element by element.

    Attributes:
        lower: name of the one that must not be above the other.
        upper: name of the other.
        strict: whether it must be below.
    """

    lower: str
    upper: str
    strict: bool = False

    def crossing(self, values: Values) -> str:
        """What is wrong with the two, "name: expected ..., got ..."; empty when they agree."""
        lower, upper = np.asarray(values[self.lower]), np.asarray(values[self.upper])
        for index in np.argwhere(lower >= upper if self.strict else lower > upper):
            place, i = "".join(f"[{axis}]" for axis in index), tuple(index)
            bound = "less than" if self.strict else "at most"
            return f"{self.lower}{place}: expected {bound} {self.upper}{place} = {upper[i]:g}, got {lower[i]:g}"
        return ""


def pairs(names: Iterable[str]) -> tuple[Pair, ...]:
    """The pairs among the parameters: those whose names differ in the words lower and upper, and the chain's lengths.

    ``range.lower`` is paired with ``range.upper``, ``group.front_lower`` with ``group.front_upper``.
    """
    known = set(names)
    found = [Pair(name, _counterpart(name)) for name in sorted(known) if _counterpart(name) in known - {name}]
    return (*found, Pair("cache.steps", "sampler.steps", strict=True))


def _counterpart(name: str) -> str:
    group, dot, field = name.rpartition(".")
    return group + dot + "_".join("upper" if word == "lower" else word for word in field.split("_"))


@dataclass(frozen=True)
class LiveObjective:
    """What the parameters hold, and the objective that is in force. Immutable: a set call makes a new one.

    Attributes:
        schema: the parameters there are.
        start: values at the start.
        values: of all parameters, each in its own type; pairs that wait included.
        obeyed: the values in force; they differ from ``values`` in the pairs that wait.
        objective: made from the values in force; its revision grows whenever they change.
        waiting: a sentence for each pair that waits.
    """

    schema: ObjectiveSchema
    start: Values
    values: Values
    obeyed: Values
    objective: Objective
    waiting: tuple[str, ...] = ()

    @classmethod
    def of(cls, schema: ObjectiveSchema, parameters: Mapping[str, Any]) -> "LiveObjective":
        """The start. What is missing takes its default; limits that cross are refused.

        Raises:
            ObjectiveError: a clause for each value that makes no sense.
        """
        objective = schema.objective(parameters)
        values, _ = schema.read({spec.name: spec.default for spec in schema.specs} | dict(parameters))
        return cls(schema, values, values, values, objective)

    def after(self, changes: Mapping[str, Any]) -> "LiveObjective":
        """What a set call leads to.

        Raises:
            ObjectiveError: a clause for each value that makes no sense; both limits of a pair set so that they cross.
        """
        given, problems = self.schema.read(changes)
        values = {**self.values, **given}
        obeyed, waiting = dict(values), []
        for pair in pairs(values):
            crossing = pair.crossing(values)
            if not crossing:
                continue
            if pair.lower in given and pair.upper in given:
                problems.append(crossing)
            waiting.append(f"{crossing}; the values before hold until {pair.lower} or {pair.upper} is set to match")
            obeyed |= {name: self.obeyed[name] for name in (pair.lower, pair.upper)}
        changed = obeyed != self.obeyed
        objective = self.objective
        try:
            if changed:
                objective = self.schema.objective(obeyed, self.objective.revision + 1)
        except ObjectiveError as error:
            problems.append(str(error))
        if problems:
            raise ObjectiveError("; ".join(problems))
        return LiveObjective(self.schema, self.start, values, obeyed, objective, tuple(waiting))

    def switched(self, preset: Mapping[str, Any]) -> dict[str, Any]:
        """The changes that switch to a preset, which stands for a whole objective.

        Of what it does not name, the terms' weights are zero and all else is as it was at the start.
        """
        off = {f"{term.name}.weight": 0.0 for term in self.schema.terms}
        return {**self.start, **off, **preset}
