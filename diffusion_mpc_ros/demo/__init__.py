"""``make demo``: the whole stack against a simulated Go2, measured from outside."""
