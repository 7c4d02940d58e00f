"""Go's standard library and its best-known YAML and TOML packages, as far as templates and manifests show them.

Modules carry the names of Go's packages; one whose name Python's own library has too starts with `go` (`gojson`,
`gotime`), so that `json.loads` always means Python's.
"""
