"""Source and hypothesis to edits and back: the unit that correction is voted on and scored in.

Read in this order: `tokens` (text to tokens, without loss), `align` (which token became
which), `merge` (which changes are one edit), `classify` (what kind of edit), `m2` (gold).
"""
