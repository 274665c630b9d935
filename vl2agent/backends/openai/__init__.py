"""The protocol of OpenAI-compatible servers, which `backends/http.py` speaks.

wire.py        requests and answers, given up at any moment     retry.py       what is tried again, how long
chat.py        the format of both (streaming.py: one reply)     server.py      who answers; refusals
guidance.py    grammars (schema.py, digits.py)                  counting.py    tokens
marks.py       texts that spell no marks                        png.py         pictures, encoded once
"""
