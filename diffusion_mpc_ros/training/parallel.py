"""Training by several processes: what ``torchrun`` starts, each with a share of every batch.

Every process draws the whole batch from equal generators, and works on its own part of it: how many there are changes
nothing but the speed. Started without ``torchrun`` a process is alone, and nothing here does anything.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

T = TypeVar("T")


@contextmanager
def team() -> Iterator[None]:
    """Within, this process is one of those that ``torchrun`` started: over NCCL where there are GPUs, else Gloo."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


def size() -> int:
    """How many processes there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which of them this is."""
    return dist.get_rank() if dist.is_initialized() else 0


def leads() -> bool:
    """Whether this one writes files, curves and the log."""
    return rank() == 0


def device() -> torch.device:
    """Where this process trains."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def replicated(network: nn.Module) -> nn.Module:
    """The network as it is trained: its gradients are the mean over all processes."""
    return network if size() == 1 else DistributedDataParallel(network)


def share(batch: Tensor) -> Tensor:
    """This process's part (M / size, ...) of a batch (M, ...), on its device.

    Raises:
        ValueError: a batch that does not divide.
    """
    if len(batch) % size() != 0:
        raise ValueError(f"batch_size: expected a multiple of the {size()} processes, got {len(batch)}")
    return batch[rank() :: size()].to(device())


def mean(losses: Tensor) -> Tensor:
    """The mean of this tensor over all processes."""
    if size() > 1:
        losses = losses.clone()
        dist.all_reduce(losses)
        losses /= size()
    return losses


def mine(items: Sequence[T]) -> Sequence[T]:
    """Those of the items that this process works on."""
    return items[rank() :: size()]


def gathered(results: Sequence[T]) -> list[T]:
    """The results of ``mine`` of all processes, in the order of the items."""
    if size() == 1:
        return list(results)
    parts: list[Sequence[T]] = [()] * size()
    dist.all_gather_object(parts, results)
    return [parts[index % size()][index // size()] for index in range(sum(map(len, parts)))]


def wait() -> None:
    """Until all processes are here."""
    if size() > 1:
        dist.barrier()
