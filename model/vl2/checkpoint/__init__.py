"""Checkpoints: fetched, checked, read into a model, written, examined."""
