"""What people say of edits, and what it makes of the systems that proposed them.

`records` keeps verdicts (no text), `competence` turns them into what a voice weighs, `vote`
combines by it, `drift` asks whether a system has changed, `feedback` keeps all of it current.
"""
