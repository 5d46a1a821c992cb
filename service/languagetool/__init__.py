"""The form of LanguageTool's HTTP API, so that what speaks to it can speak to Consort unchanged."""
