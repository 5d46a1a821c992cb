"""Source and hypothesis to edits and back: the unit that correction is voted on and scored in.

Read in this order: `tokens` (text to tokens, without loss; `protected`: what is not prose),
`glyphs` (which written forms of a token are one), `steps`, `weigh`, `settle` and `merge` (which
token became which, by their letters: `words`; one place for what is repeated; which changes are one
edit), `align` (all of it together), `spacing` (the convention of the source; `batch_style`: where
it does not tell its own), `classify` (what kind of edit; `english`: ERRANT's kinds instead), `m2`
(gold). MaxMatch asks for all edits that there may have been: `cheapest` (alignments), `graph`
(edits they allow), `closest` (those nearest to gold).
"""
