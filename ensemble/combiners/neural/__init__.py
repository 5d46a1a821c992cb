"""The trained combiner: a small network over votes, competence and features of candidates."""
