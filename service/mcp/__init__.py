"""The tools of Consort for the Model Context Protocol: combine, check, explain and score."""
