"""Why something is left to pySHACL."""


class UnsupportedError(Exception):
    """Raised by the compiler when a profile holds something that only pySHACL can judge."""


class NeedsReferenceError(Exception):
    """Raised while a description is judged when only pySHACL knows what it says of it."""
