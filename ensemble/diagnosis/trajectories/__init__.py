"""The study `trajectories`: what learners are able to do, and in which order they learn it."""
