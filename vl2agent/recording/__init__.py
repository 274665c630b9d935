"""Recordings: every run as events and frames on disk, intent before effect, and the report that shows them."""
