"""Step one: the candidates proposed for a segment, and the systems that voted for each."""

from ensemble.candidates.collect import (
    Ballot,
    Candidate,
    Kind,
    collect,
    collect_all,
    collect_each,
)

__all__ = ["Ballot", "Candidate", "Kind", "collect", "collect_all", "collect_each"]
