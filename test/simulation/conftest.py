import os

import pytest


@pytest.fixture(scope="session")
def domain_id() -> int:
    """One a process, as the SDK allows one domain a process; test/robot/conftest.py draws the same."""
    return 1 + os.getpid() % 100
