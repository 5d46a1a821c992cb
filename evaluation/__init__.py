"""The lowest floor: how good is a text, and how good is the thing that says so."""
