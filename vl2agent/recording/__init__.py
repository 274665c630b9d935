"""Recordings: every run as events and frames on disk, intent before effect, and nothing secret in them.

schema.py        what a recording is made of; lines.py, its events as lines; json_schema.py, for other languages
writer.py        writes one: events (log.py, under lock.py), pictures off the loop's way (encoder.py),
                 what was answered before shorter (answers.py)
redaction.py     masks what is secret before that, in texts (masking.py) and in pictures (painting.py)
reader.py        opens one, also after a kill: from a folder or a packed file (storage.py, packing.py, pictures.py)
chronicle.py     writes what somebody else did, with words for the places (naming.py)
words.py         says it to people
"""
