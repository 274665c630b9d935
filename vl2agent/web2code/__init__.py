"""Web-to-code: a screenshot of a page becomes HTML and CSS that a browser renders back to it."""
