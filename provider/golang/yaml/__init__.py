"""YAML as Go reads and writes it: yaml.v3 for manifests, yaml.v2 for the functions of templates.

`compose` makes a tree of a text, `scalars` says what its scalars mean, `decode_v2` and `decode_v3` make values of it;
`encode` writes values, in the `layout` of yaml.v2. PyYAML scans and parses; the rest is here, since Go differs in it.
"""
