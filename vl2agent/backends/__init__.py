"""Models behind one contract, `Backend`: a prompt with pictures in, a reply out.

from vl2agent.backends.families import open_backend
from vl2agent.completion import Prompt

model = open_backend("deepseek-ai/deepseek-vl2-tiny")
print(model.complete(Prompt.ask("What does the dialog say?"), [image]).text)
"""
