"""How like a reference a page renders: blocks, texts, places, colors, looks."""
