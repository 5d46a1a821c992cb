"""Step one: the candidates proposed for a segment, and the systems that voted for each."""

from ensemble.candidates.ballot import Ballot, Candidate, Kind
from ensemble.candidates.collect import collect, collect_all, collect_each

__all__ = ["Ballot", "Candidate", "Kind", "collect", "collect_all", "collect_each"]
