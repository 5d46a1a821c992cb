"""Feedback: verdicts of people on edits, and the competence of systems computed from them.

`records` stores verdicts without texts, `competence` computes weights from them, `vote` combines
with these weights, `drift` tests whether a system has changed, `feedback` keeps all of it current.
"""
