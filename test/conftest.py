"""Settings of the whole test suite."""

import pytest
from hypothesis import Phase, settings

# Timings belong in benchmarks: a busy machine must not fail a property.
settings.register_profile("project", deadline=None)
# For sabotage.py, which only asks whether a test goes red.
settings.register_profile("sabotage", deadline=None, phases=[Phase.explicit, Phase.generate])
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    """For a longer look than the suite takes."""
    text = "random parameter sets that the running planner is given (test_parameter_storm.py)"
    parser.addoption("--parameter-sets", type=int, default=300, help=text)
