"""The functions that templates can call, a module a topic; `table.FUNCTIONS` has them all."""
