"""Suites that measure: grounding on screenshots, goals on a desktop, small tasks on web pages."""
