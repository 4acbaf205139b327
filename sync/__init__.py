"""Collecting what branches sent, deciding what it changes, and writing the master."""
