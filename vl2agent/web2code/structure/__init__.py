"""What stands in what: the flat page becomes a tree."""
