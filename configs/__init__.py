"""The shipped configurations; installed as the package `consort_configs`."""
