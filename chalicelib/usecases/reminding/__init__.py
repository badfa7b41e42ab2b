"""From a queued notice to its proof: written, sent, answered, handed on."""
