"""Parses templates: text to tokens (`lexer`), tokens to trees (`parser`, `pipeline_parser`) of `nodes`."""
