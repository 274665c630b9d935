"""Changes of a page that a model asks for: which there are, how they are written, and what each does to the page."""
