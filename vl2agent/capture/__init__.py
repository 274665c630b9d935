"""Screens: pictures of a desktop, a page or files, what changed between two, and when they stand still."""
