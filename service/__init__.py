"""Two doors, HTTP and command line, to the same functions."""
