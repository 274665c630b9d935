"""What may be done: rules from a file, and the ways to stop a run at once.

    policy.py        decides by rules (rules.py says what one may name); conditions.py tells whether a rule fits, by
                     places.py, chords.py, domains.py, hours.py, reading.py, and what was done before (history.py)
    file.py          a policy as TOML; packaged.py, the rules that come first; checking.py, what an author overlooked
    killswitch.py    stops what runs: hotkey.py, killfile.py, corners.py
    spelling.py      actions as people write them, for `vl2agent policy explain`

The policy of guarded runs, which allows what a goal names, is planner/guarding.py: it reads goals and screens.
"""
