"""That nothing was missed: reconciliation, the record for an audit, what is kept and for how long."""
