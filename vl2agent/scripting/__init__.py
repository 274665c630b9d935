"""The scripting surface: locators that wait by themselves, expectations, questions; async core and sync facade.

What scripts use      screen.py  locator.py  expecting.py, to await; sync_screen.py  sync_locator.py  sync_expecting.py
What is looked for    query.py: words and the steps that narrow them down; claims.py: what is expected; lettering.py
On one picture        resolving.py: a query gives targets; questions.py: a model gives answers
Until it comes        watching.py: look, search what is new; patience.py: try until time is up; wheel.py: scroll to it
What all works with   session.py: surface, parts, recording; hands.py: which thread works
When it fails         picture.py: the screen and the candidates; playwright.py: what Playwright's names are called here
"""
