"""The fault run: some weeks of a place in which everything that can fail does, and a checker that knows nothing of how it is done."""
