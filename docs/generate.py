"""Writes the generated parts of README.md, docs/*.md and the model cards: results, commands, parameters (`make docs`).

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; what is between is replaced.
A test fails when a document is not what this writes.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from diffusion_mpc_ros.cli.commands import COMMANDS
from diffusion_mpc_ros.closed_loop.commands import command_text
from diffusion_mpc_ros.nodes.executor_parameters import CONNECTION, CONTROLLER
from diffusion_mpc_ros.nodes.walk_limit_parameters import WALK_LIMITS
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.parameters import FEW, ParameterSpec
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot.spec import LIMITS, SETUP
from diffusion_mpc_ros.safety.faults import DOORS, RULES

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "results"
SHIPPED = "walk"
"""Model whose learned quantities the documented parameters are about."""
PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def result(name: str) -> dict[str, Any]:
    """The JSON that a command wrote."""
    document: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return document


def provenance(document: Mapping[str, Any]) -> str:
    """Where a result came from, as a line below its table."""
    machine = document["machine"]
    return f"\n{machine['processor']}, {machine['cores']} cores; revision `{document['git_revision']}`.\n"


def commands() -> str:
    return table(["command", "what it does"], [(f"`{command.name}`", command.summary) for command in COMMANDS])


def walking() -> str:
    document = result("walking")
    rows = []
    for condition in ("nominal", "randomized"):
        for row in document[condition]:
            teacher = row["demonstrator"]
            rows.append(
                [
                    condition,
                    ", ".join(f"{value:g}" for value in row["command"]),
                    f"{row['survival']:.1%}",
                    f"{row['velocity_error']:.1%}",
                    ", ".join(f"{value:.2f}" for value in row["mean_velocity"]),
                    f"{teacher['survival']:.1%} / {teacher['velocity_error']:.1%}",
                ]
            )
    header = ["physics", "command", "survival", "E_v", "mean velocity", "demonstrator"]
    return table(header, rows) + provenance(document)


def balancing() -> str:
    document = result("balancing")
    rows = [
        [
            f"{row['release_deg']}°",
            f"{row['impact_speed']:.2f} m/s",
            "yes" if row["planning"] else "no",
            str(row["trials"]),
            *(f"{row[name]:.1%}" for name in ("success", "fell", "stuck")),
        ]
        for row in document["rows"]
    ]
    header = ["release", "impact", "planning", "trials", "success", "fell", "stuck"]
    return table(header, rows) + provenance(document)


def height() -> str:
    document = result("height")
    reached = document["reached_s"]
    rows = [
        ["0.18 m reached by the slowest robot after", "never" if reached is None else f"{reached:.2f} s"],
        ["mean distance from 0.18 m, settled", f"{100 * document['steady_error_m']:.1f} cm"],
        ["robots that never fell", f"{document['survival']:.1%}"],
        ["robots back at 0.25 m", f"{document['returned']:.1%}"],
        ["speed at 0.25, 0.18, 0.25 m", ", ".join(f"{speed:.2f}" for speed in document["speed"]) + " m/s"],
    ]
    return table(["", f"{document['envs']} robots"], rows) + provenance(document)


def adaptation() -> str:
    document = result("adaptation")
    rows = [
        [
            f"`{row['objective']}`",
            str(row["candidates"]),
            *("yes" if row[name] else "no" for name in ("reward", "constraint")),
            f"{row['penalty']:.4g}",
            f"{0.0 - row['reduction']:+.1%}" + (" (best)" if row in document["best"] else ""),
            *(f"{row[name]:.1%}" for name in ("tracking", "survival")),
            f"{row['envs']} x {document['seeds']}",
        ]
        for row in document["rows"]
    ]
    header = ["objective", "candidates", "reward", "constraint", "penalty", "change", "tracking", "survival", "robots"]
    return table(header, rows) + provenance(document)


PAPERS_BEST = {
    "joint_velocity": (0.969, 0.553),
    "joint_acceleration": (0.350, 0.249),
    "posture_negative": (0.512, 0.183),
    "posture_positive": (0.243, 0.168),
    "balancing": (0.807, 0.551),
    "energy": (0.774, 0.482),
}
"""Penalties of the paper's Table II: of the diffusion policy, and the least of its row."""


def adaptation_best() -> str:
    document = result("adaptation")
    rows = []
    for row in document["best"]:
        without, least = PAPERS_BEST[row["objective"]]
        by = [name for name in ("reward", "constraint") if row[name]] or ["ranking"]
        rows.append(
            [
                f"`{row['objective']}`",
                f"{0.0 - row['reduction']:+.0%}",
                f"{least / without - 1.0:+.0%}",
                f"{row['candidates']}, {' and '.join(by)}",
                *(f"{row[name]:.1%}" for name in ("tracking", "survival")),
            ]
        )
    header = ["objective", "penalty", "paper's best", "candidates, by", "tracking", "survival"]
    return table(header, rows) + provenance(document)


def posture() -> str:
    document = result("posture")
    rows = [
        [
            row["target"] if row["target_rad"] is None else f"{row['target']}, {row['target_rad']:.2f} rad",
            *(f"{row[name]:.3f} rad" for name in ("calf_mean_rad", "calf_std_rad")),
            *(f"{row[name]:.1%}" for name in ("tracking", "survival")),
        ]
        for row in document["rows"]
    ]
    return table(["target", "mean", "deviation over time", "tracking", "survival"], rows) + provenance(document)


def energy() -> str:
    document = result("energy")
    cost, distance = document["cost_of_transport"], document["distance_m"]
    rows = [
        ["cost of transport", f"{cost['off']:.3f}", f"{cost['on']:.3f} ({0.0 - document['reduction']:+.1%})"],
        ["distance of a robot", f"{distance['off']:.1f} m", f"{distance['on']:.1f} m"],
        ["tracking", "100.0%", f"{document['tracking']:.1%}"],
        ["survival", "", f"{document['survival']:.1%}"],
    ]
    return table(["", "no planning", "energy term"], rows) + provenance(document)


def finetuning() -> str:
    document = result("finetuning")
    cells = {(cell["condition"], cell["speed"], cell["model"]): cell for cell in document["summary"]}

    def text(cell: Mapping[str, Any]) -> str:
        error = "-" if cell["velocity_error"] is None else f"{cell['velocity_error']:.1%}"
        return f"{cell['survival']:.1%} / {error}"

    rows = [
        [condition, f"{speed:g} m/s", *(text(cells[condition, speed, model]) for model in document["models"])]
        for condition, speed in dict.fromkeys((cell["condition"], cell["speed"]) for cell in document["summary"])
    ]
    return table(["physics", "command", *(f"`{name}`" for name in document["models"])], rows) + provenance(document)


def efficiency() -> str:
    rows = result("efficiency")["rows"]
    lines = []
    for method, seed in dict.fromkeys((row["method"], row["seed"]) for row in rows):
        own = [row for row in rows if (row["method"], row["seed"]) == (method, seed)]
        last = max(row["interactions"] for row in own)
        for count in (0, last):
            checked = [row for row in own if row["interactions"] == count]
            figures = (f"{row['survival']:.1%} / {row['velocity_error']:.1%}" for row in checked)
            lines.append([method, str(seed), f"{count:,}", *figures])
    header = ["method", "seed", "interactions", *dict.fromkeys(command_text(row["command"]) for row in rows)]
    return table(header, lines) + provenance(result("efficiency"))


def demo() -> str:
    document = result("demo")
    rows = [
        [", ".join(f"{value:.2f}" for value in segment[kind]) for kind in ("command", "measured")]
        for segment in document["segments"]
    ]
    latency, control = document["plan_latency_ms"], document["control"]
    figures = (
        f"\nPlan latency p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms; control at "
        f"{control['rate_hz']:.1f} Hz, {control['missed_ticks']} ticks missed, {control['late_chunks']} chunks late.\n"
    )
    return table(["command", "measured"], rows) + figures + provenance(document)


def training() -> str:
    document = result("training")
    rows = [[stage, f"{seconds / 60:.1f} min"] for stage, seconds in document["wall_s"].items()]
    total = sum(document["wall_s"].values())
    return table(["stage", "wall time"], [*rows, ["all", f"{total / 60:.1f} min"]]) + provenance(document)


def simulation() -> str:
    document = result("simulation")
    rows = [
        [str(row["envs"]), "Table I" if row["randomized"] else "nominal", f"{row['steps_per_s']:,.0f}"]
        for row in document["simulation"]
    ]
    return table(["environments", "physics", "control steps a second"], rows) + provenance(document)


def bench() -> str:
    document = result("bench")
    rows = [
        [
            *(str(row[name]) for name in ("candidates", "steps", "cache", "guidance", "threads")),
            *(f"{row[name]:.2f}" for name in ("p50_ms", "p99_ms")),
            f"{row['matrix_share']:.0%}",
        ]
        for row in document["rows"]
        if row["implementation"] == "ours"
    ]
    header = ["candidates", "steps", "cache", "guidance", "threads", "p50 ms", "p99 ms", "share"]
    grown = document["steady_state"]
    memory = (
        f"\nMatrix products at {document['matrix_rate_gflops']:.0f} GFLOP/s. {grown['calls']:,} plans in a row left "
        f"{grown['blocks']} blocks of memory behind; the process never held more than "
        f"{grown['peak_kib'] / 1024:.0f} MiB, {grown['peak_growth_kib']} KiB more than after the first hundreds.\n"
    )
    return table(header, rows) + memory + provenance(document)


def bench_ratios() -> str:
    document = result("bench")
    rows = [
        [each["network"], str(each["candidates"]), each["guidance"], f"{each['ratio']:.1f} times"]
        for each in document["ratios"]
    ]
    return table(["network in PyTorch", "candidates", "guidance", "as long as ours"], rows) + provenance(document)


def bench_machines() -> str:
    rows, revisions = [], []
    for document in map(result, ("bench", "bench_epyc")):
        planned = {
            (row["candidates"], row["guidance"]): row
            for row in document["rows"]
            if (row["implementation"], row["steps"], row["cache"], row["threads"]) == ("ours", 10, 0, 2)
        }
        chosen = [planned[which] for which in ((1, "analytic"), (100, "analytic"), (100, "neural"), (1000, "analytic"))]
        rows.append(
            [
                document["machine"]["processor"],
                *(f"{row['p50_ms']:.2f} / {row['p99_ms']:.2f}" for row in chosen),
                f"{planned[100, 'none']['matrix_share']:.0%} of {document['matrix_rate_gflops']:.0f} GFLOP/s",
            ]
        )
        revisions.append(provenance(document))
    header = ["two cores of", "1", "100", "100, a neural term", "1000", "share, 100 unguided"]
    return table(header, rows) + "".join(revisions)


def deployment() -> str:
    document = result("deployment")

    def pair(figures: Mapping[str, Any]) -> str:
        return " / ".join("–" if figures[name] is None else f"{figures[name]:.1f}" for name in ("p50", "p99"))

    rows = [
        [
            row["config"],
            f"{row['control_hz']:.1f}",
            f"{row['candidates']:.0f}",
            *(pair(row[name]) for name in ("compute_ms", "latency_ms")),
            f"{row['seam_rad']:.3f} / {row['step_rad']:.3f}",
            *(f"{row[motion]:.0%}" for motion in ("forward", "turning", "backward")),
        ]
        for row in document["rows"]
    ]
    header = ["configuration", "Hz", "N", "compute, ms", "latency, ms", "seam / step, rad"]
    trials = f"\n{document['rows'][0]['trials']} trials of each; p50 / p99.\n"
    return table([*header, "forward", "turning", "backward"], rows) + trials + provenance(document)


def response() -> str:
    document = result("response")
    rows = [
        [
            row["planner"],
            *("never" if row[name] is None else f"{row[name]:.2f} s" for name in ("turned_s", "followed_s")),
            f"{row['speed_after']:.2f} m/s",
            f"{row['survival']:.1%}",
        ]
        for row in document["rows"]
    ]
    return table(["planner", "backward after", "followed after", "speed then", "survival"], rows) + provenance(document)


def replanning() -> str:
    document = result("replanning")
    commands = list(document["summary"][0]["velocity_error"])
    rows = [
        [
            cell["condition"],
            cell["planner"],
            f"{cell['survival']:.1%}",
            *(f"{cell['velocity_error'].get(command, float('nan')):.1%}" for command in commands),
        ]
        for cell in document["summary"]
    ]
    return table(["physics", "planner", "survival", *commands], rows) + provenance(document)


def faults() -> str:
    document = result("faults")
    rows = [
        [
            row["id"],
            row["trigger"],
            str(row["trials"]),
            "–" if row["worst_ms"] is None else f"{row['worst_ms']:.0f} of {row['limit_ms']:.0f}",
            row["action"] + ("" if row["ok"] else f"; not ok: {len(row['failures'])} failures"),
        ]
        for row in document["rows"]
    ]
    frames = sum(document["oracle"]["frames"].values())
    judged = f"\n{frames:,} frames judged meanwhile, {len(document['oracle']['unsafe'])} unsafe.\n"
    return table(["row", "fault", "trials", "worst, ms", "action"], rows) + judged + provenance(document)


def _parameters(specs: Iterable[ParameterSpec]) -> str:
    def value(default: object) -> str:
        if not isinstance(default, tuple):
            return f"`{default}`"
        return f"`[{', '.join(element(item) for item in default)}]`"

    def element(item: object) -> str:
        return f"{item:g}" if isinstance(item, float) else str(item).lower() if isinstance(item, bool) else str(item)

    def words(choices: Sequence[str]) -> str:
        return ", ".join(choices) if len(choices) <= FEW else f"{choices[0]}, …, {choices[-1]}"

    rows = [
        (
            f"`{spec.name}`",
            value(spec.default),
            words(spec.choices) if spec.range is None else "{:g} … {:g}".format(*spec.range),
            spec.text + (" (read-only)" if spec.read_only else ""),
        )
        for spec in specs
    ]
    return table(["parameter", "default", "range", "meaning"], rows)


def planner_parameters() -> str:
    bundle = ModelBundle.load(model_directory(SHIPPED), SETUP)
    return _parameters(ObjectiveSchema.of(LIMITS, bundle.schedule.num_steps, bundle.resources).specs)


def executor_parameters() -> str:
    return _parameters([*CONNECTION, *WALK_LIMITS, *CONTROLLER])


def failsafes() -> str:
    rules = sorted((*RULES.values(), *DOORS), key=lambda rule: rule.row)
    rows = [
        (
            str(rule.row),
            rule.trigger,
            rule.within,
            rule.response,
            ", ".join(f"`{name}`" for name in rule.parameters) or "–",
        )
        for rule in rules
    ]
    return table(["row", "trigger", "seen within", "action", "parameters"], rows)


PARTS: dict[str, Callable[[], str]] = {
    part.__name__: part
    for part in (
        *(
            commands,
            walking,
            demo,
            training,
            simulation,
            bench,
            bench_machines,
            bench_ratios,
            deployment,
            response,
            replanning,
        ),
        *(balancing, height, adaptation, adaptation_best, posture, energy, finetuning, efficiency),
        *(planner_parameters, executor_parameters, failsafes, faults),
    )
}


def generated(text: str) -> str:
    """The document with every generated part as it should be."""
    return PART.sub(lambda match: f"{match[1]}{PARTS[match[2]]()}{match[3]}", text)


def documents() -> list[Path]:
    """Every document that may hold generated parts."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "models").glob("*/README.md"))]


def main() -> None:
    for path in documents():
        path.write_text(generated(path.read_text()))


if __name__ == "__main__":
    main()
