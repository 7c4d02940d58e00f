"""The base of errors about a value that its author can mend."""


class Invalid(ValueError):
    """A value that is not valid.

    Attributes:
        message: what is wrong with it; continues the name of the value.
        fix: what to write instead; "" where that follows from the message.
    """

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(f"{message}; {fix}" if fix else message)
        self.message = message
        self.fix = fix
