"""Takes each guard out in turn, in a copy of the package, and shows that a test goes red.

    python test/sabotage.py [--only TEXT] [--json FILE]

A guard whose removal no test notices is one that nobody would miss if it broke. The exit code is 0 only if every
removal is noticed.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from diffusion_mpc_ros.provenance import write_json

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "diffusion_mpc_ros"
GUARDS = Path(__file__).with_suffix(".yaml")
TIMEOUT_S = 240


@dataclass(frozen=True)
class Guard:
    """A guard in the code, and how it is taken out."""

    name: str
    file: str
    """Below the package."""
    code: str
    """What is there, exactly once."""
    without: str
    """What is put there."""
    tests: str
    """Where it should be noticed."""

    def taken_out(self, source: str) -> str:
        """Its file's ``source`` without it.

        Raises:
            ValueError: the guard is not in the code as it is written here.
        """
        if source.count(self.code) != 1:
            found = source.count(self.code)
            raise ValueError(f"{self.name}: expected its code once in {self.file}, found it {found} times")
        return source.replace(self.code, self.without)


def guards() -> list[Guard]:
    """All that are listed."""
    return [Guard(**entry) for entry in yaml.safe_load(GUARDS.read_text())]


def noticed(guard: Guard, copy: Path) -> bool:
    """Whether a test goes red without the guard."""
    file = copy / PACKAGE / guard.file
    source = file.read_text()
    file.write_text(guard.taken_out(source))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--hypothesis-profile=sabotage"]
    command += guard.tests.split()
    process = subprocess.Popen(
        command, cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        said, _ = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return True
    finally:
        file.write_text(source)
        end_group(process)
    if process.returncode not in (0, 1):
        raise ValueError(f"{guard.name}: the tests did not run: {said[-500:]}")
    return process.returncode == 1


def end_group(process: subprocess.Popen[str]) -> None:
    """End a test run with everything that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # nobody is left
    process.wait()


def main() -> int:
    """Take every guard out; 0 if all are missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="guards whose name or file contains it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "copy"
        ignored = shutil.ignore_patterns(".git", ".venv", "runs", "out", "__pycache__", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=ignored)
        for guard in guards():
            if options.only in guard.name or options.only in guard.file:
                red = noticed(guard, copy)
                print(f"{'red' if red else 'NOT NOTICED'}: {guard.name} ({guard.file})", flush=True)
                rows.append({**asdict(guard), "red": red})
    if options.json:
        write_json(options.json, {"guards": rows})
    return 0 if rows and all(row["red"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
