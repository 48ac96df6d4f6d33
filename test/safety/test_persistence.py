"""What has lasted is told by the times given, whatever they are."""

from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.safety.persistence import Persistence


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans())))
def test_lasts_exactly_when_present_for_the_duration_without_a_break(steps: list[tuple[float, bool]]) -> None:
    persistence, now, since = Persistence(1.0), 0.0, None
    for elapsed, present in steps:
        now += elapsed
        since = (now if since is None else since) if present else None
        assert persistence.lasts(present, now) == (since is not None and now - since >= 1.0)
