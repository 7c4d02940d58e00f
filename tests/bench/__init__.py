"""Measurements: `python -m tests.bench`. Figures for people, never a condition of a test."""
