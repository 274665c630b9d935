"""What a recording looks like: a page, a film, a few lines in the terminal."""
