"""Which key types which character, by mappings as X servers have them."""

from __future__ import annotations

from vl2agent.executor.keymap import ISO_LEVEL3_SHIFT, Keymap, Stroke, symbol_of

SHIFT, LEVEL3 = 50, 92
DEAD_ACUTE = 0xFE51


def keymap(rows: dict[int, list[int]], group: int = 0) -> Keymap:
    """Make a mapping that has shift, AltGr and these rows."""
    rows = {SHIFT: [0xFFE1], LEVEL3: [ISO_LEVEL3_SHIFT]} | rows
    return Keymap(8, [(rows.get(code, []) + [0] * 8)[:8] for code in range(8, 256)], group)


def test_levels_of_a_key() -> None:
    """A key's four symbols are plain, with shift, with AltGr, and with both."""
    german = keymap({24: [ord("q"), ord("Q"), ord("q"), ord("Q"), ord("@"), 0x7D9]})
    assert german.stroke("q") == Stroke(24)
    assert german.stroke("Q") == Stroke(24, (SHIFT,))
    assert german.stroke("@") == Stroke(24, (LEVEL3,))


def test_the_second_group_when_it_is_active() -> None:
    """Two layouts at once: what types a character depends on the active one."""
    rows = {24: [ord("q"), ord("Q"), ord("a"), ord("A")]}
    assert keymap(rows).stroke("a") is None
    assert keymap(rows, group=1).stroke("a") == Stroke(24)
    assert keymap(rows, group=1).stroke("q") is None
    assert keymap(rows, group=2).stroke("q") is None


def test_the_simplest_stroke_wins() -> None:
    """A character that a key has plainly is not typed with shift elsewhere."""
    assert keymap({24: [ord("1"), ord("<")], 94: [ord("<"), ord(">")]}).stroke("<") == Stroke(94)


def test_dead_keys_type_nothing() -> None:
    """A dead acute is not the acute accent."""
    assert keymap({21: [DEAD_ACUTE, ord("`")]}).stroke("´") is None


def test_the_euro_by_its_old_symbol() -> None:
    """Layouts have the euro as EuroSign, which is no Unicode keysym."""
    assert keymap({26: [ord("e"), ord("E"), 0, 0, 0x20AC]}).stroke("€") == Stroke(26, (LEVEL3,))


def test_symbols() -> None:
    """Latin-1 is itself, all other characters are 0x01000000 and their code point."""
    assert [symbol_of(key) for key in ("a", "é", "日", "🙂")] == [0x61, 0xE9, 0x010065E5, 0x0101F642]


def test_spare_keycodes_have_no_symbol() -> None:
    """Only keycodes that nothing uses are lent."""
    spare = keymap({24: [0, 0, 0, 0, ord("x")]}).spare
    assert 25 in spare
    assert not {24, SHIFT, LEVEL3} & set(spare)
