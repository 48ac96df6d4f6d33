"""Operators' own reward terms, found among the installed packages by their entry points (docs/objectives.md)."""

import dataclasses
import re
from collections.abc import Iterator, Set
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import numpy as np

from diffusion_mpc_ros.planning.parameters import specs_of
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.trajectory import GRAVITY, WIDTH

ENTRY_POINTS = "diffusion_mpc_ros.reward_terms"
"""Group of the entry points; each names a class."""
NAME = re.compile(r"[a-z][a-z0-9_]*")
TRIAL = (2, 11)
"""Trajectories and rows that a term is tried on."""


class RewardTermError(Exception):
    """An own term cannot be used; one line names its entry point, what was expected, what was got, what to do."""


def installed_terms(taken: Set[str]) -> tuple[type[RewardTerm], ...]:
    """The classes of all entry points, sorted by the terms' names.

    Each is tried once, so that a term that cannot work stops the planner's start rather than a walk.

    Args:
        taken: names that a term may not have.

    Raises:
        RewardTermError: a class that cannot be loaded, is no term, or whose name is taken.
    """
    terms: dict[str, type[RewardTerm]] = {}
    for point in entry_points(group=ENTRY_POINTS):
        term = _load(point)
        if term.name in taken or term.name in terms:
            raise _refusal(point, f"a name of its own, got {term.name!r}, which is taken")
        terms[term.name] = term
    return tuple(terms[name] for name in sorted(terms))


def _load(point: EntryPoint) -> type[RewardTerm]:
    try:
        term = point.load()
        fault = next(_faults(term), None)
    except Exception as error:  # a stranger's code may raise anything
        raise _refusal(point, f"a term that loads and runs, got {type(error).__name__}: {error}") from error
    if fault is not None:
        raise _refusal(point, fault)
    return term


def _refusal(point: EntryPoint, fault: str) -> RewardTermError:
    package = point.dist.name if point.dist is not None else "its package"
    line = f"reward term '{point.name} = {point.value}': expected {fault}; correct or uninstall {package}"
    return RewardTermError(" ".join(line.split()))


def _faults(term: Any) -> Iterator[str]:
    """What keeps a class from being a ``RewardTerm``; each check relies on those before."""
    if not isinstance(term, type) or not dataclasses.is_dataclass(term):
        yield f"a dataclass, got {term!r}"
    name, text = (getattr(term, member, None) for member in ("name", "text"))
    if not isinstance(name, str) or not NAME.fullmatch(name):
        yield f"'name' in lower case letters, digits and underscores, got {name!r}"
    if not isinstance(text, str) or not text:
        yield f"'text' that says what its weight buys, got {text!r}"
    for method in ("value", "add_gradient"):
        if not callable(getattr(term, method, None)):
            yield f"a method '{method}', got none"
    for field in dataclasses.fields(term):
        if field.name == "weight":
            yield "a field of another name than 'weight', which every term has"
        if not field.metadata or field.default is dataclasses.MISSING:
            yield f"parameter(...) as metadata of field '{field.name}' and a default, got one without"
    yield from _faults_in_use(term)


def _faults_in_use(term: Any) -> Iterator[str]:
    """Make one as the schema does, and try it."""
    specs = specs_of(term.name, term, {})
    made = term(**{spec.name.removeprefix(f"{term.name}."): spec.parse(spec.default) for spec in specs})
    tau = np.zeros((*TRIAL, WIDTH), np.float32)
    tau[..., GRAVITY] = 0.0, 0.0, -1.0
    total = np.zeros_like(tau)
    value = np.asarray(made.value(tau, 0))
    if value.shape != TRIAL[:1] or not np.all(np.isfinite(value)):
        yield f"value() to return {TRIAL[:1]} finite numbers, got {value.shape} with values {value.flat[:3]}"
    returned = made.add_gradient(tau, 0, 1.0, total)
    if returned is not None:
        yield f"add_gradient() to add to its last argument and return nothing, got {type(returned).__name__}"
    if not np.all(np.isfinite(total)):
        yield "add_gradient() to add finite numbers, got others"
