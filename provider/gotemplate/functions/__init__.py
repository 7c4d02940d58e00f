"""The functions that templates can call, one module per topic; `table.FUNCTIONS` has them all."""
