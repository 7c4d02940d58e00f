"""YAML as Go reads and writes it: yaml.v3 for manifests, yaml.v2 for the functions of templates.

PyYAML scans and parses; nodes, scalars, merge keys and layout are ours, since Go differs in each.
"""
