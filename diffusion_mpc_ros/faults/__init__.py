"""Faults injected into the running stack, and an oracle that judges what reaches the motors."""
