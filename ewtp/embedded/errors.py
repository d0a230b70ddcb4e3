"""The one error of the embedded servers."""


class EmbeddedError(RuntimeError):
    """The embedded servers cannot be used; the message is a sentence for whoever started them."""
