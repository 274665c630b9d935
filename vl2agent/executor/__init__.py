"""Executors: actions as real events, each after policy allowed it."""
