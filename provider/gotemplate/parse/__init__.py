"""Source text to tokens (`lexer`), tokens to a tree (`parser`) of `nodes`."""
