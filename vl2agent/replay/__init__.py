"""Recorded sessions played back: the same actions again, another planner on the same pictures, the same on a fresh desktop."""
