"""What analysis functions raise when their input makes no sense."""


class InputError(ValueError):
    """Input that a method cannot use; the message says what it needs."""
