"""What each block is: by rules, or by a model that can neither lose nor invent words."""
