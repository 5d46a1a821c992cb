"""MaxMatch (Dahlmeier and Ng 2012): the edits that agree best with the gold ones."""

from evaluation.metrics.maxmatch.metric import MaxMatch

__all__ = ["MaxMatch"]
