"""What the service must not forget: one database, of tables that each have one room to fill them.

`tables` says what is kept, `database` opens it and brings it up to date, `migrations` is how it
came to be what it is. Each table is written by one part alone (`keys`, `service.jobs`,
`service.registry`, `service.feedback`); combining needs none of them.
"""
