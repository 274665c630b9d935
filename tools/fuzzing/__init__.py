"""Broken input, made from sound input; and what reads it."""
