"""Metrics validated without people: of two texts on a chain of gold edits, which is better?"""
