"""Persistence: one database; each table is written by one package.

`tables` defines the tables, `database` opens and migrates the database, `migrations` has the steps.
Each purpose has a `pool` of threads; a `call` whose caller gives up ends its statement on one of
the `connections`.
The writers are `keys`, `service.jobs`, `service.registry` and `service.feedback`; combining needs
no database.
"""
