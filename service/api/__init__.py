"""One file per resource, its schemas beside its routes."""
