"""The command line: what it lists, what it loads, what it says when something is wrong."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from diffusion_mpc_ros.cli.commands import COMMANDS, Command
from diffusion_mpc_ros.cli.main import main

ROOT = Path(__file__).resolve().parents[1]


def bare_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line with the standard library only: no site-packages."""
    command = [sys.executable, "-S", "-m", "diffusion_mpc_ros", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_help_lists_every_command_on_a_line_and_needs_the_standard_library_only() -> None:
    result = bare_python("--help")
    assert result.returncode == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    for command in COMMANDS:
        assert [*command.words, *command.summary.split()] in lines


def test_help_of_a_group_lists_the_group() -> None:
    result = bare_python("train", "--help")
    assert result.returncode == 0, result.stderr
    assert "train prior" in result.stdout
    assert "demo" not in result.stdout.split()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_a_module_of_the_agreed_shape(command: Command) -> None:
    spec = importlib.util.find_spec(command.module)
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text())
    functions = {node.name: len(node.args.args) for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert functions.get("add_arguments") == 1
    assert functions.get("run") == 1


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*command.words, "--help"])
    assert end.value.code == 0
    assert command.name in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dmeo"], ["dmeo", "'demo'"]),
        (["nonsense"], ["nonsense", "--help"]),
        (["train"], ["train", "demonstrator", "export"]),
        (["train", "piror"], ["train piror", "'train prior'"]),
    ],
)
def test_a_wrong_command_is_named_in_one_line_with_a_way_out(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert not captured.out
    (line,) = captured.err.splitlines()
    assert all(word in line for word in words)


def test_without_a_command_the_list_is_shown_and_the_exit_code_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "train prior" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", [command for command in COMMANDS if command.extra], ids=lambda command: command.name
)
def test_a_missing_dependency_is_one_line_that_names_the_extra(command: Command) -> None:
    result = bare_python(*command.words)
    assert result.returncode == 1, result.stderr
    (line,) = result.stderr.splitlines()
    assert command.name in line
    assert f".[{command.extra}]" in line or "requirements/ros.txt" in line


def test_what_a_user_got_wrong_is_one_line(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("prior: {stepz: 3}\n")
    command = [sys.executable, "-m", "diffusion_mpc_ros", "train", "prior", "--run", str(tmp_path)]
    result = subprocess.run([*command, "--config", str(settings)], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "prior.stepz: expected one of steps" in result.stderr
    assert "Traceback" not in result.stderr
