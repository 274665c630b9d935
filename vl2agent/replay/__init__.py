"""Recorded runs played back: the same again, planned by another, done again on a fresh desktop.

    verify.py        the same again: follows the loop (following.py), or what has no planner step by step (stepwise.py)
    replan.py        another planner on the recorded pictures; other_policy.py: other rules for the recorded actions
    rerun.py         the actions done for real (again.py), screens compared (likeness.py, beside.py), told (outcome.py)

All stand on playback.py, a recording as the parts of a run: its screen (showing.py), hands (performing.py), perception
(seeing.py), model (asking.py), rules and person (deciding.py, at the times of moments.py). acting.py puts an agent
together on them; course.py knows where a replay stands; segments.py takes a run that was gone on with apart.
"""
