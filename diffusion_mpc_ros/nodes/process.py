"""A node as a process: its command line, its threads, and how it ends."""

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from types import FrameType
from typing import Protocol

import rclpy
from rclpy.exceptions import ParameterException
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from diffusion_mpc_ros.nodes.middleware import use_sockets

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WATCH_S = 0.05
"""How long a signal or a failed thread may go unnoticed, s."""


class StartError(RuntimeError):
    """A node cannot start; one line says what is wrong and what to do."""


class Stoppable(Protocol):
    """A node with work of its own beside its callbacks."""

    node: Node

    def run(self) -> None:
        """The work, in a thread of its own, until ``stop``. An exception from it ends the process."""

    def stop(self) -> None:
        """Bring the work to its end, which may take seconds; callbacks are still served meanwhile."""

    def close(self) -> None:
        """Release what was acquired; called last, also when the work failed."""


def run(program: str, description: str, create: Callable[[], Stoppable], args: Sequence[str] | None) -> int:
    """Run a node until SIGINT, SIGTERM or SIGHUP, or until it fails; returns the exit code.

    Args:
        program: name of the command.
        description: for ``--help``.
        create: makes the node; may raise ``StartError``.
        args: command line without the program's name; None for the process's own.
    """
    given = list(sys.argv[1:] if args is None else args)
    logging.basicConfig(level=logging.INFO, format=f"[%(levelname)s] [{program}]: %(message)s")
    ending = _Ending()
    try:
        _initialise(program, description, given)
        with ThreadPoolExecutor(thread_name_prefix=program) as threads:
            _serve(create(), threads, ending)
    except (StartError, ParameterException) as error:
        print(f"{program}: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    finally:
        rclpy.try_shutdown()
    return 0


def _initialise(program: str, description: str, args: list[str]) -> None:
    """Take the ROS arguments from the command line and join ROS."""
    parser = argparse.ArgumentParser(
        prog=program,
        description=description,
        epilog="ROS arguments follow --ros-args, e.g. --ros-args --params-file FILE -p NAME:=VALUE.",
    )
    try:
        parser.parse_args(remove_ros_args(args))
        use_sockets(os.environ)
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:  # what rclpy raises has no public name
        raise StartError(f"ROS arguments: {error}") from error


class _Ending:
    """Whether a signal asked for the end, from now on.

    The handlers only take note and stay for good: a second signal (Ctrl-C sends one from the terminal and one from
    launch) cannot interrupt the end that the first began. Blocking signals would not do: threads that libraries start
    on import have them unblocked.
    """

    def __init__(self) -> None:
        self.requested = False
        for number in SIGNALS:
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.requested = True


def _serve(stack: Stoppable, threads: ThreadPoolExecutor, ending: _Ending) -> None:
    """Until a signal comes or a thread ends; raises what ended it."""
    executor = SingleThreadedExecutor()
    executor.add_node(stack.node)
    callbacks = threads.submit(executor.spin)
    work = threads.submit(stack.run)
    try:
        while not (ending.requested or callbacks.done() or work.done()):
            time.sleep(WATCH_S)
        stack.stop()
        wait([work])  # it may still publish
    finally:
        try:
            stack.close()
        finally:
            executor.shutdown()
            stack.node.destroy_node()
    for thread in (work, callbacks):
        thread.result()
