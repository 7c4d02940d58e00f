"""Executes parsed templates: statements (`executor`), pipelines (`pipeline_evaluator`), Go's functions (`builtins`)."""
