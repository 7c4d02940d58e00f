"""Emulates Go's standard library and its YAML and TOML packages, as far as templates and manifests depend on them.

Modules have the names of Go's packages, and functions those of Go's functions. A module whose name Python's own library
has too starts with `go` (`gojson`, `gotime`), so that `json.loads` always means Python's. `values` says how Go's types
are written in Python; `limits.Budget` bounds what a hostile argument can cost.
"""
