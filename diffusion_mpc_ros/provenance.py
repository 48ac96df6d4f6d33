"""Where a result came from: machine and git revision, for every JSON that a command writes."""

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any


def git_revision() -> str:
    """The revision of the code that runs, with ``+`` when the tree differs from it; ``unknown`` outside git."""
    describe = ["git", "describe", "--always", "--dirty=+", "--abbrev=12"]
    try:
        output = subprocess.run(describe, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
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
