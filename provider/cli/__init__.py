"""The command line: flags and environment in, text out. One module a command."""
