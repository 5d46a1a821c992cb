"""What learners are able to do, in which order they learn it, and whether it is one line."""
