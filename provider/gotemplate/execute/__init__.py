"""A template's tree to text: statements (`evaluator`), pipelines (`expressions`), Go's own functions (`builtins`)."""
