"""A carrier of SMS that fails as bad ones do: with everything it was given in its words."""


class BrokenSms:
    """Refuses each SMS, quoting number and text."""

    def send(self, *, to, body, key, at):
        raise ValueError(f"cannot reach {to} ({key}): {body}")
