"""The panel as a model: chat completions in OpenAI's form, answered by the roster's systems."""
