"""The study `between`: is there a loss barrier between two models, and what follows from that?"""
