"""Slipway's side of a Python step. Standard library only."""

__version__ = "0.1.0"
