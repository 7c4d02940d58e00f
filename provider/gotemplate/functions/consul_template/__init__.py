"""consul-template's own functions, one module per topic."""
