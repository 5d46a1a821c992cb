"""Step one: what systems proposed for a segment, and which systems voted for it."""

from ensemble.candidates.collect import Ballot, Candidate, Kind, collect, collect_all

__all__ = ["Ballot", "Candidate", "Kind", "collect", "collect_all"]
