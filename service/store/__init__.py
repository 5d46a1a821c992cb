"""Persistence: one database; each table is written by one package.

`tables` defines the tables, `database` opens and migrates the database, `migrations` has the steps.
The writers are `keys`, `service.jobs`, `service.registry` and `service.feedback`; combining needs
no database.
"""
