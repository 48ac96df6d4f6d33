"""Finds the command, loads its module, parses its options, runs it."""

import argparse
import difflib
import importlib
import logging
import sys
from collections.abc import Sequence

from diffusion_mpc_ros.cli.commands import COMMANDS, Command

PROGRAM = "python -m diffusion_mpc_ros"
USAGE_ERROR = 2
INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Runs the command that the arguments name.

    Args:
        arguments: The command line without the program's name.

    Returns:
        The process's exit code: that of the command, 2 for a wrong command line, 1 for a missing dependency.
    """
    words = _leading_words(arguments)
    for command in COMMANDS:
        if words[: len(command.words)] == command.words:
            return _run(command, arguments[len(command.words) :])
    group = [command for command in COMMANDS if words and command.words[: len(words)] == words]
    if group and any(option in ("-h", "--help") for option in arguments):
        print(_listing(group))
        return 0
    if words and not group:
        return _fail(f"no such command: {' '.join(words)}{_suggestion(' '.join(words))}", USAGE_ERROR)
    if group:
        return _fail(f"{words[0]} needs one of: {', '.join(command.words[-1] for command in group)}", USAGE_ERROR)
    print(_listing(COMMANDS))
    return 0 if arguments else USAGE_ERROR


def _leading_words(arguments: Sequence[str]) -> tuple[str, ...]:
    """The arguments before the first option, at most as many as a command has words."""
    longest = max(len(command.words) for command in COMMANDS)
    options = [index for index, argument in enumerate(arguments) if argument.startswith("-")]
    return tuple(arguments[: min([longest, *options])])


def _run(command: Command, arguments: Sequence[str]) -> int:
    logging.basicConfig(format=f"{command.name}: %(message)s")
    logging.getLogger(__package__.partition(".")[0]).setLevel(logging.INFO)  # other libraries: warnings only
    user_errors: tuple[type[Exception], ...] = ()
    try:
        module = importlib.import_module(command.module)
        user_errors = getattr(module, "USER_ERRORS", ())
        parser = argparse.ArgumentParser(
            prog=f"{PROGRAM} {command.name}",
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(parser)
        return int(module.run(parser.parse_args(arguments)))
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == __package__.partition(".")[0]:
            raise
        return _fail(f"{command.name} needs the Python module {missing!r}: {_remedy(missing, command)}", 1)
    except user_errors as error:
        return _fail(f"{command.name}: {error}", 1)
    except KeyboardInterrupt:
        return _fail(f"{command.name} interrupted", INTERRUPTED)


def _remedy(missing: str, command: Command) -> str:
    if missing == "rclpy" or missing.endswith("_msgs"):
        return "source a ROS installation, or `pip install -r requirements/ros.txt`"
    return f"`pip install -e '.[{command.extra}]'`" if command.extra else "`pip install -e .`"


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name, [command.name for command in COMMANDS], n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; `{PROGRAM} --help` lists them"


def _listing(commands: Sequence[Command]) -> str:
    width = max(len(command.name) for command in commands)
    lines = [f"  {command.name:<{width}}  {command.summary}" for command in commands]
    return "\n".join([f"usage: {PROGRAM} COMMAND [options]", "", *lines, "", "COMMAND --help lists its options."])


def _fail(message: str, code: int) -> int:
    print(f"diffusion_mpc_ros: {message}", file=sys.stderr)
    return code
