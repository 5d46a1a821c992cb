"""Source and hypothesis to edits and back: the unit that correction is voted on and scored in.

Read in this order: `tokens` (text to tokens, without loss), `align` (which token became
which, by their letters: `words`), `merge` (which changes are one edit), `classify` (what kind of
edit; `english`: ERRANT's kinds instead), `m2` (gold), `protected` (what is
not prose). MaxMatch asks for all edits that there may have been: `cheapest` (alignments), `graph`
(edits they allow), `closest` (those nearest to gold).
"""
