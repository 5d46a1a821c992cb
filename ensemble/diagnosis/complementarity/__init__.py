"""The study `complementarity`: what an ensemble of these systems could gain, and from which."""
