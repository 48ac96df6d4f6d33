"""Throws broken input at the stack's doors: chunks at the executor, model bundles at the loader.

``--chunks`` go through the pure path (admission, buffer, envelope, hard limits) in this process; ``--wire-chunks`` to
a running executor over DDS, with the oracle beside; ``--bundles`` are the shipped model, altered in one place each.
"""

import argparse
import json
import logging
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from diffusion_mpc_ros.demo.interruption import Interrupted, interruptible
from diffusion_mpc_ros.execution.action_chunk import ActionChunk, ChunkError
from diffusion_mpc_ros.execution.controller import Controller
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.faults.rig import Rig
from diffusion_mpc_ros.planning.manifest import MANIFEST_NAME, BundleError
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.safety.hard_limits import MAX_STEP, HardLimits
from diffusion_mpc_ros.safety.measurement import Measurement
from diffusion_mpc_ros.safety.supervisor import Mode, Request

logger = logging.getLogger(__name__)

SEED = 6
CHUNKS_A_TICK = 2
WIRE_BATCH = 200
STEP_TOLERANCE = 1e-9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``fuzz``."""
    parser.add_argument("--chunks", type=int, default=1_000_000, metavar="N", help="through the pure path (10^6)")
    parser.add_argument("--wire-chunks", type=int, default=100_000, metavar="N", help="over DDS (10^5)")
    parser.add_argument("--bundles", type=int, default=10_000, metavar="N", help="mutated model bundles (10^4)")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help=f"of everything ({SEED})")
    parser.add_argument("--output", type=Path, default=Path("out/fuzz.json"), metavar="FILE", help="result")
    parser.add_argument("--json", action="store_true", help="print the result on standard output")


def run(args: argparse.Namespace) -> int:
    """Throw; 0 if nothing unsafe came of it."""
    try:
        with interruptible():
            result: dict[str, Any] = {
                "chunks": fuzz_chunks(args.chunks, np.random.default_rng(args.seed)),
                "wire_chunks": fuzz_wire(args.wire_chunks, random.Random(args.seed)),
                "bundles": fuzz_bundles(args.bundles, random.Random(args.seed)),
                "seed": args.seed,
            }
    except Interrupted as interruption:
        logger.error("%s", interruption)
        return interruption.exit_code
    write_json(args.output, result)
    if args.json:
        print(json.dumps(result, indent=2))
    harm = result["chunks"]["unsafe"] + len(result["wire_chunks"]["unsafe"]) + len(result["bundles"]["accepted"])
    return 1 if harm else 0


def fuzz_chunks(count: int, generator: np.random.Generator) -> dict[str, Any]:
    """Chunks of every kind of wrong to a controller; every tick's target must be within the hard limits and near the
    one before.
    """
    limits = HardLimits(spec.JOINT_LOWER, spec.JOINT_UPPER, spec.KP)
    epochs: list[str] = []

    def draw() -> str:
        epochs.append(f"{len(epochs):08x}")
        return epochs[-1]

    controller = Controller(spec.JOINTS, ControllerConfig(), draw)
    thrown = refused = unsafe = ticks = walk_tick = 0
    q, last = spec.LIE_POSE, spec.LIE_POSE
    level = np.array([0.0, 0.0, -1.0])
    while thrown < count:
        if controller.mode is Mode.STANDING:
            controller.request(Request.WALK)
        elif not controller.mode.holds_pose:
            controller.request(Request.STAND)
        measurement = Measurement(q, generator.normal(0.0, 2.0, 12), level, np.zeros(3), age_s=0.0)
        output = controller.step(ticks, ticks * DT, measurement, None)
        target = output.target
        try:
            limits.check(target.q, target.kp, target.kd)
        except ValueError:
            unsafe += 1
        if target.kp > 0.0 and float(np.abs(target.q - last).max()) > MAX_STEP + STEP_TOLERANCE:
            unsafe += 1
        q = last = target.q
        walk_tick = walk_tick + 1 if output.mode is Mode.WALKING else 0
        if walk_tick:
            for _ in range(CHUNKS_A_TICK):
                thrown += 1
                refused += not _throw(controller, epochs[-1], walk_tick, generator)
        ticks += 1
    return {"thrown": thrown, "refused": refused, "ticks": ticks, "walks": len(epochs), "unsafe": unsafe}


def _throw(controller: Controller, epoch: str, now_tick: int, generator: np.random.Generator) -> bool:
    """One chunk, about half of them such that they are executed; whether any of it is."""
    rows = int(generator.integers(0, 25))
    scale = generator.choice([0.1, 0.3, 0.3, 0.3, 10.0, 1e6])
    targets = spec.STAND_POSE + scale * generator.normal(size=(rows, 12))
    if rows and generator.random() < 0.1:
        targets[generator.integers(rows), generator.integers(12)] = generator.choice([np.nan, np.inf, -np.inf])
    if generator.random() < 0.1:
        targets = targets[:, : int(generator.integers(0, 12))]
    if generator.random() < 0.1:
        epoch = str(generator.integers(10))
    start = now_tick + int(generator.integers(-10, 2))
    try:
        return controller.receive(ActionChunk(epoch, start, targets)).is_accepted
    except ChunkError:
        controller.count_malformed_chunk()
        return False


def fuzz_wire(count: int, generator: random.Random) -> dict[str, Any]:
    """Spoilt copies of the planner's own chunks to the executor of a walking robot, over DDS."""
    if count == 0:
        return {"thrown": 0, "unsafe": [], "mode": ""}
    with tempfile.TemporaryDirectory() as logs, Rig(Path(logs), relayed=True) as rig:
        thrown = 0
        while thrown < count:
            rig.walk()
            rig.operator.spin(0.3)
            batch = min(WIRE_BATCH, count - thrown)
            thrown += rig.operator.throw(batch, generator)
            rig.operator.spin(0.05)
        return {"thrown": thrown, "unsafe": rig.oracle.unsafe(), "mode": rig.operator.mode}


def fuzz_bundles(count: int, generator: random.Random) -> dict[str, Any]:
    """The shipped bundle with one byte of one file changed, cut short, or a file taken away; none may load."""
    accepted = []
    with tempfile.TemporaryDirectory() as temporary:
        source = model_directory("walk")
        target = Path(temporary) / "walk"
        shutil.copytree(source, target)
        files = sorted(file for file in target.iterdir() if file.suffix == ".onnx" or file.name == MANIFEST_NAME)
        for number in range(count):
            file = generator.choice(files)
            whole = file.read_bytes()
            what = _mutate(file, whole, generator)
            try:
                ModelBundle.load(target, spec.SETUP)
            except BundleError:
                pass
            else:
                accepted.append(f"{number}: {file.name} {what}")
            file.write_bytes(whole)
    return {"tried": count, "accepted": accepted}


def _mutate(file: Path, whole: bytes, generator: random.Random) -> str:
    """Alter a file so that it means something else; returns what was done."""
    if file.name == MANIFEST_NAME:
        return _mutate_manifest(file, whole, generator)
    case = generator.randrange(3)
    if case == 0:
        position = generator.randrange(len(whole))
        spoilt = bytearray(whole)
        spoilt[position] ^= 1 << generator.randrange(8)
        file.write_bytes(spoilt)
        return f"bit at {position}"
    if case == 1:
        file.write_bytes(whole[: generator.randrange(len(whole))])
        return "cut short"
    file.unlink()
    return "taken away"


def _mutate_manifest(file: Path, whole: bytes, generator: random.Random) -> str:
    """Take out a line that the loader needs, or spoil a hash."""
    lines = whole.decode().splitlines()
    needed = [i for i, line in enumerate(lines) if line.startswith(("horizon", "kp", "kd", "files", "schedule"))]
    hashes = [i for i, line in enumerate(lines) if ".onnx:" in line]
    if generator.random() < 0.5 and hashes:
        index = generator.choice(hashes)
        digit = lines[index][-1]
        lines[index] = lines[index][:-1] + ("0" if digit != "0" else "1")
    else:
        index = generator.choice(needed)
        del lines[index]
    file.write_text("\n".join(lines) + "\n")
    return f"line {index}"
