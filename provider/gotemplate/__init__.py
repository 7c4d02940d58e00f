"""Go's text/template, with the functions of consul-template, for templates that strangers write.

    source --lexer--> tokens --parser--> nodes.Tree ... --evaluator(state)--> text

It knows nothing of Vault's API, files or the network: `state.State.lookup` is how a template asks for a secret. It
reaches no attribute of a Python object by a template's name, and every loop, string and recursion is paid for from a
`limits.Budget` before it is made.
"""
