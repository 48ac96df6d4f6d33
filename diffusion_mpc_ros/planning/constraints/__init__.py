"""Constraints: what an operator may limit, and the projection Pi_C onto all of it (section IV-A)."""
