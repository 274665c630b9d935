"""Words to candidates: a plain name, the n-th of its like, or a name with a place ("Delete below Password")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vl2agent.perception.query import parse_name
from vl2agent.perception.rank import Candidate, candidates
from vl2agent.perception.relations import distance, reading_order, split_ordinal, split_relations
from vl2agent.perception.scene import Scene

LITERAL = 0.93
"""From this similarity on, words are what is written on the screen, not a description of a place."""
ALIKE = 0.06
"""Candidates whose similarities differ by less are of one kind, to be counted or told apart by place."""
FARTHER = 0.05
MAX_DEPTH = 3


def search(words: str, scene: Scene, depth: int = 0) -> list[Candidate]:
    """Return what words can mean on a scene, best first."""
    plain = candidates(parse_name(words), scene)
    if (plain and plain[0].match.similarity >= LITERAL) or depth >= MAX_DEPTH:
        return plain
    described = [*_by_place(words, scene, depth), *_by_number(words, scene, depth), *plain]
    return sorted(described, key=lambda candidate: -candidate.score)


def _by_number(words: str, scene: Scene, depth: int) -> list[Candidate]:
    ordinal = split_ordinal(words)
    if ordinal is None:
        return []
    index, rest = ordinal
    alike = _alike(search(rest, scene, depth + 1))
    ordered = [alike[i] for i in reading_order([candidate.box for candidate in alike])]
    return [ordered[index]] if -len(ordered) <= index < len(ordered) else []


def _by_place(words: str, scene: Scene, depth: int) -> list[Candidate]:
    best: list[Candidate] = []
    for target, relation, anchor in split_relations(words):
        targets = _alike(search(target, scene, depth + 1))
        anchors = _alike(search(anchor, scene, depth + 1))
        near = []
        for candidate in targets:
            ways = [(d, a) for a in anchors if (d := distance(relation, candidate.box, a.match.box)) is not None]
            if ways:
                d, a = min(ways, key=lambda way: way[0])
                near.append((d, replace(candidate, score=min(candidate.score, a.score))))
        near.sort(key=lambda pair: pair[0])
        found = [replace(c, score=c.score - FARTHER * rank) for rank, (_, c) in enumerate(near)]
        if found and (not best or found[0].score > best[0].score):
            best = found
    return best


def _alike(found: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that fit the name as well as the best one does."""
    best = max((candidate.match.similarity for candidate in found), default=0.0)
    return [candidate for candidate in found if candidate.match.similarity > best - ALIKE]
