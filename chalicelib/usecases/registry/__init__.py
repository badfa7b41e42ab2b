"""Parties, contacts and projects."""
