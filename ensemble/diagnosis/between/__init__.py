"""The line between two models of one's own: is there a barrier, and what follows from it?"""
