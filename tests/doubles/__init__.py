"""Servers and objects that tests put in place of the outside world."""
