"""The engine and what else HTTP, the command line and jobs share; no FastAPI, no typer."""
