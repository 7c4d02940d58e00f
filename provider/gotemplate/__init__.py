"""Renders Go's text/template, with the functions of consul-template and sprig, for templates that strangers write.

    source --lexer--> tokens --parser--> nodes.Program --executor, state--> text

It is a library: README.md says how to call it, and what knows Vault is a plug-in of the caller. No name in a template
reaches an attribute of a Python object, and every loop, string and recursion is paid for from a `limits.Budget` before
it is made.
"""
