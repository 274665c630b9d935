"""Planners: a goal to the next intent; the embedded one reads plain commands."""
