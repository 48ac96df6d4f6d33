"""Reward terms R_i(tau) of section V-B and their composition (section IV-B)."""
