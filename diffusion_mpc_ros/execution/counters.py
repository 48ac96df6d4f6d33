"""What execution counts for telemetry."""

from dataclasses import dataclass, field

from diffusion_mpc_ros.execution.chunk_buffer import Splice


@dataclass
class Counters:
    """Counts since the controller was made; they only grow."""

    plans_requested: int = 0
    chunks: dict[Splice, int] = field(default_factory=lambda: dict.fromkeys(Splice, 0))
    """Chunks received, by what became of them."""
    chunks_malformed: int = 0
    """Messages that did not even make a chunk."""
    ticks_bridged: int = 0
    """Walking ticks without a planned target, on which the last one was held."""
    targets_clipped: int = 0
    """Joint targets changed by the envelope."""

    @property
    def chunks_late(self) -> int:
        """Chunks of which some ticks had elapsed."""
        return self.chunks[Splice.LATE]

    @property
    def chunks_expired(self) -> int:
        """Chunks of which no tick was left."""
        return self.chunks[Splice.EXPIRED]

    @property
    def chunks_rejected(self) -> int:
        """Chunks that were malformed, wild, of another walk, duplicate, reordered or from the future."""
        refused = (Splice.STALE, Splice.FUTURE, Splice.WILD, Splice.WRONG_EPOCH)
        return self.chunks_malformed + sum(self.chunks[splice] for splice in refused)
