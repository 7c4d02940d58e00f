"""One mount from call to result: what is read, rendered and versioned, in which order."""
