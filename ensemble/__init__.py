"""A source and several hypotheses in, one better output out, with the evidence."""
