"""What may be done: rules from a file, and the ways to stop a run at once."""
