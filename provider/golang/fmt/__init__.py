"""Emulates Go's fmt: numbers and strings under flags (`formatter`), any value (`print_value`), formats (`sprint`)."""
