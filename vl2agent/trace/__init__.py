"""What a recording looks like: a page, a film, a few lines in the terminal.

entries.py       the steps with all that belongs to them; telling.py and phases.py say what and how long
page.py          one HTML file: data.py (details.py) and pictures.py, shown by the scripts of viewer/
film.py          stills with marks; gif.py and mp4.py write them as a film
"""
