"""Services of AWS that are neither the store nor the files."""
