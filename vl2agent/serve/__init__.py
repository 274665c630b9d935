"""Any backend behind HTTP, as OpenAI's and vLLM's servers speak it: `vl2agent serve MODEL`.

wire.py         what a request may say           answers.py      what is answered
question.py     a request -> what a backend takes (marks.py, pictures.py)
line.py         one thread owns the model; requests wait in the order they came (job.py: one of them)
app.py          the routes                       door.py         who may ask at all; the access log
listening.py    the socket, signals, the end     refusal.py      every way to say no
"""
