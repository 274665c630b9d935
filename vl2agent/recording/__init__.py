"""Recordings: every run as events and frames on disk, intent before effect, and nothing secret in them."""
