"""Suites that measure: grounding on screenshots, goals on a desktop."""
