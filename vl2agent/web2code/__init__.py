"""Web-to-code: a screenshot of a page becomes HTML and CSS that a browser renders back to it.

    from vl2agent import web2code

    page = web2code.convert("page.png")
    page.save("out")
    print(page.report.score)

Importing this loads no browser, and none of the networks that read.
"""

from vl2agent.web2code.convert import Conversion, convert
from vl2agent.web2code.score.score import Score, score

__all__ = ["Conversion", "Score", "convert", "score"]
