"""Go's fmt: one number or string under its flags (`formatter`), any value (`print_value`), whole formats (`sprint`)."""
