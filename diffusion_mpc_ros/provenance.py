"""Where a result came from: machine and git revision, for every JSON that a command writes."""

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any


def git_revision() -> str:
    """The revision of the code that runs, with ``+`` when the tree differs from it; ``unknown`` outside git.

    Results and pages below docs/ make it no other: a long measurement writes there, time and again.
    """
    try:
        revision = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", ":/", ":(top,exclude)docs")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{revision}+" if changed else revision


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    output = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    return output.stdout.strip()


def machine() -> dict[str, Any]:
    """Processor, cores, system and Python."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"


def write_json(path: Path, result: dict[str, Any]) -> None:
    """Write a result with its provenance, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    document = {**result, "machine": machine(), "git_revision": git_revision()}
    partial.write_text(json.dumps(document, indent=2) + "\n")
    partial.replace(path)
