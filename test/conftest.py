"""Settings of the whole test suite."""

from hypothesis import settings

# Timings belong in benchmarks: a busy machine must not fail a property.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
