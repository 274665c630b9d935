"""Which block is which."""

from __future__ import annotations

from vl2agent.geometry import ImageBox, Size
from vl2agent.web2code.score.blocks import TextNode
from vl2agent.web2code.score.matching import merge, pair

SIZES = (Size(1000, 1000), Size(1000, 1000))


def nodes(*texts: str, top: int = 0) -> list[TextNode]:
    """Return blocks below one another, 20 pixels apart."""
    return [
        TextNode(text, ImageBox(0, top + 20 * row, 10 * len(text), top + 20 * row + 10), (0.0, 0.0, 0.0), flow=row)
        for row, text in enumerate(texts)
    ]


def test_parts_of_a_paragraph_merge() -> None:
    """Three text nodes are one where the other page has one."""
    merged = merge(nodes("Read the", "manual", "before you begin"), nodes("Read the manual before you begin"))
    assert [node.text for node in merged] == ["Read the manual before you begin"]


def test_blocks_that_have_partners_do_not_merge() -> None:
    """Two texts stay two where the other page has both."""
    texts = ("Read the manual", "before you begin")
    assert len(merge(nodes(*texts), nodes(*texts, "Read the manual before you begin"))) == 2


def test_a_merged_block_is_the_size_of_both() -> None:
    """Its box is around theirs."""
    (merged,) = merge(nodes("one half,", "other half"), nodes("one half, other half"))
    assert merged.box == ImageBox(0, 0, 100, 30)


def test_joined_texts_merge_without_a_blank() -> None:
    """As in a word with one part in bold."""
    first, second = nodes("web", "2code")
    joined = TextNode(second.text, second.box, second.color, flow=first.flow, joined=True)
    assert first.merged(joined).text == "web2code"


def test_repeated_texts_go_to_the_nearest() -> None:
    """Three links 'more' are not mixed up."""
    more = nodes("more", "more", "more")
    assert [(i, j) for i, j, _ in pair(more, more, SIZES)] == [(0, 0), (1, 1), (2, 2)]


def test_unlike_texts_are_no_pair() -> None:
    """Below half alike there is none, however near."""
    assert pair(nodes("apples"), nodes("zucchini"), SIZES) == []


def test_case_does_not_count() -> None:
    """A style may have changed it."""
    assert pair(nodes("SIGN IN"), nodes("Sign in"), SIZES) == [(0, 0, 1.0)]
