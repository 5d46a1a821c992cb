"""LanguageTool's HTTP API, so that its clients work with Consort unchanged."""
