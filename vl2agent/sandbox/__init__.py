"""Sandboxes: whole desktops, or one web page, that nobody else uses and that end completely."""
