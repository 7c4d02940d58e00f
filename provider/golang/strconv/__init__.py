"""Emulates Go's strconv: numbers to text (`ftoa`), text to numbers (`atoi`), quoted strings (`quote`)."""
