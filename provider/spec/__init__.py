"""Reads the driver's call into a `model.MountSpec`, or reports what is wrong with it, without asking anyone. Pure."""
