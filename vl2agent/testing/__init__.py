"""The pytest plugin: recorded sessions as fixtures."""
