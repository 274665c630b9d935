"""Recorded runs played back: the same again, planned by another, done again on a fresh desktop."""
