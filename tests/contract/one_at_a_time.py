"""moto answers in the thread of whoever asks, and takes no care of two."""

import threading


class OneAtATime:
    """A client whose calls take turns: DynamoDB sees to that itself, the one in this process does not."""

    def __init__(self, client):
        self._client, self._turn = client, threading.Lock()

    def __getattr__(self, name):
        found = getattr(self._client, name)
        if not callable(found):
            return found

        def call(*args, **kwargs):
            with self._turn:
                return found(*args, **kwargs)

        return call
