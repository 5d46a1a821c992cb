"""The HTTP service and the command line, two interfaces to the same functions."""
