"""Recordings to training samples, and other tools' trajectories to recordings.

importing.py     a trajectory (trajectory.py) becomes a recording; its files are read through source.py
*_transcript, *_items, *_folder, ui_tars*    one tool's format each, to verbs (verbs.py) and points (spaces.py)
dataset.py       recordings become a folder of samples (samples.py) in DeepSeek-VL2's chat form (chat.py)
moments.py       what a planner knew at each step; estimate.py: what a prompt costs without the vocabulary
"""
