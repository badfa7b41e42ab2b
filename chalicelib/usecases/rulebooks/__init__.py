"""Tuning, previewing and publishing the rules of a place."""
