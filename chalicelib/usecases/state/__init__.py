"""What is stored, and the writes that keep it whole: keys, holders, accounts, counters, epochs."""
