"""What each block is, by rules: from looks, places and the words themselves.

The order is that of certainty: what is framed like a field is one, whatever its color; what is left over after fields,
buttons and navigation may be a heading, and only what is no heading a link.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from vl2agent.web2code.ir import Page
from vl2agent.web2code.name.buttons import name_buttons, name_choices, name_tabs
from vl2agent.web2code.name.contents import name_contents, name_page
from vl2agent.web2code.name.fields import name_fields
from vl2agent.web2code.name.headings import name_headings
from vl2agent.web2code.name.labels import name_labels, name_pictures
from vl2agent.web2code.name.landmarks import name_landmarks
from vl2agent.web2code.name.links import name_links
from vl2agent.web2code.name.lists import name_lists
from vl2agent.web2code.name.navigation import name_navigation

RULES: tuple[Callable[[Page], Page], ...] = (
    name_contents,
    name_fields,
    name_buttons,
    name_tabs,
    name_choices,
    name_labels,
    name_navigation,
    name_lists,
    name_headings,
    name_links,
    name_pictures,
    name_landmarks,
    name_page,
)


def name(page: Page) -> Page:
    """Name every block that rules know; the others keep the roles that they have."""
    return reduce(lambda so_far, rule: rule(so_far), RULES, page)
