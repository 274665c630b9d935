"""Words to boxes: what is written and drawn on a screen, and which part of it words mean."""
