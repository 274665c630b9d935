"""Code from the page IR: HTML and CSS, utility classes, components."""
