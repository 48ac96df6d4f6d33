"""Says in one line whether the ROS wheels of ros.txt exist for the Python that runs this. Standard library only."""

import platform
import sys

found = (platform.python_implementation(), sys.version_info[:2], platform.system(), platform.machine())
if found not in [("CPython", (3, minor), "Linux", "x86_64") for minor in (10, 11, 12, 13)]:
    implementation, (major, minor), system, machine = found
    sys.exit(
        f"no ROS wheels for {implementation} {major}.{minor} on {system} {machine}: "
        "expected CPython 3.10 to 3.13 on Linux x86_64; name one as in `make demo PYTHON=python3.11`"
    )
