"""Artifact classes and annotations."""
