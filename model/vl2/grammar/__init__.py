"""Answers that have a given form by construction: boxes, JSON, choices, expressions."""
