"""Shapes of objects: how an entry of an SPC becomes files, from what Vault answered. Makes no request.

One module per shape (`key`, `response`, `template`), listed in `registry`; `contract` says what each of them has.
"""
