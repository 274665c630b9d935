"""What a person does with mouse and keyboard, written down as a recording.

    listening.py -> events.py -> gestures.py -> making.py -> scribe.py -> recording/chronicle.py
    the X server    raw events   their grammar  one gesture  its own thread

demonstration.py holds them together. layout.py, symbols.py and spelling.py turn keycodes into text, hovering.py finds
the rests of the pointer that count, history.py knows how the screen looked when something began.
"""
