"""Jobs: long-running work, stored in the database until a worker has completed it.

`requests` has the schemas, `queue` stores a request as a `job`, `worker` claims it with one of
`leases` and starts a `child` process, which runs it by its kind (`kinds`). `supervisor` starts
workers while there is work; `results` has the folders, which `retention` removes in the end.
"""
