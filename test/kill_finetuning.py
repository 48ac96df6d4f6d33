"""Kills interactive training at random moments, again and again, and shows that it ends as an undisturbed one.

    python test/kill_finetuning.py --run runs/default [--kills 10] [--seed 0] [--json FILE]

The run lends its demonstrations, prior, reward models and teacher: the networks have their real size, the rounds are
short. The exit code is 0 only if both trainings end with the same checkpoint, bit by bit.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor

from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.training.finetune import CHECKPOINT
from diffusion_mpc_ros.training.settings import read_settings

LENT = ("collect", "prior", "rewards", "teacher")
SHORT = {
    "rounds": 30,
    "buffer_rounds": 3,
    "guided": {"gentle": 0.25},
    "taught": 0.5,
    "interaction": {"num_envs": 64, "steps": 100, "replicas": 4},
    "training": {"steps": 300, "batch_size": 256, "learning_rate": 1e-4},
    "checkup": {"num_envs": 4, "steps": 50},
}
KILLED_WITHIN_S = 20.0
"""Longest time that a training lives before it is killed: start-up and a few rounds."""


def prepared(run: Path, lender: Path, settings: Path) -> list[str]:
    """Make a run of what the lender has; the command that finetunes it."""
    run.mkdir()
    for stage in LENT:
        (run / stage).symlink_to((lender / stage).resolve())
    return [
        sys.executable,
        "-m",
        "diffusion_mpc_ros",
        "train",
        "finetune",
        "--run",
        str(run),
        "--config",
        str(settings),
    ]


def kill_after(command: list[str], seconds: float) -> bool:
    """Whether the command was still running when it was killed, -9, after so long."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def rounds_done(checkpoint: Path) -> int:
    """Complete rounds in a checkpoint, 0 without one."""
    if not checkpoint.exists():
        return 0
    return len(torch.load(checkpoint, weights_only=True)["history"]) - 1


def differences(one: Any, other: Any, name: str = "checkpoint") -> list[str]:
    """Names of the parts in which two checkpoints differ."""
    if isinstance(one, list):
        one = dict(enumerate(one))
    if isinstance(other, list):
        other = dict(enumerate(other))
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [found for key in one for found in differences(one[key], other[key], f"{name}.{key}")]
    tensors = isinstance(one, Tensor) and isinstance(other, Tensor)
    same = torch.equal(one, other) if tensors else repr(one) == repr(other)  # NaN is the same as NaN
    return [] if same else [name]


def main() -> int:
    """Kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="a run with data, prior and rewards")
    parser.add_argument("--config", type=Path, default=Path("config/training/default.yaml"), metavar="FILE")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        settings = Path(temporary) / "settings.yaml"
        settings.write_text(yaml.safe_dump({**read_settings(options.config), "finetune": SHORT}))
        ends: list[dict[str, Any]] = []
        kills: list[dict[str, Any]] = []
        for name in ("killed", "undisturbed"):
            run = Path(temporary) / name
            command, checkpoint = prepared(run, options.run, settings), run / "finetune" / CHECKPOINT
            while name == "killed" and len(kills) < options.kills:
                seconds = moments.uniform(0.0, KILLED_WITHIN_S)
                if not kill_after(command, seconds):
                    raise SystemExit(f"expected to be killed {options.kills} times, ended after {len(kills)} kills")
                kills.append({"after_s": round(seconds, 2), "rounds_done": rounds_done(checkpoint)})
                print(f"killed after {seconds:.1f} s; {kills[-1]['rounds_done']} rounds done", flush=True)
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            ends.append(torch.load(checkpoint, weights_only=True))
    different = differences(ends[0], ends[1])
    print("the same checkpoint" if not different else f"different: {', '.join(different)}")
    if options.json:
        write_json(
            options.json, {"kills": kills, "rounds": SHORT["rounds"], "different": different, "seed": options.seed}
        )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
