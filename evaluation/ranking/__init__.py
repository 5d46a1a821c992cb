"""Systems ranked by preferences between their outputs (`consort rank`)."""
