"""Source and hypothesis to edits and back: the unit that correction is voted on and scored in."""
