"""Templates as data, each with what real Go and consul-template make of it.

`go_templates.jsonl` and `go_templates_more.jsonl` hold one case a line; `python -m tests.corpus FILE` runs such a file.
"""
