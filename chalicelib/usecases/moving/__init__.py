"""From one store to another, and after a restore."""
