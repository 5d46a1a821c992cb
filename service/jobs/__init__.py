"""Long work: kept in the database until a worker has done it, whatever is killed meanwhile.

`requests` says what may be asked, `queue` keeps it as a `job`, `worker` takes it up by one of
`leases` and has `child` do it by `kinds`; `supervisor` has workers run while there is work;
`results` is where they leave it, until `retention` has it go.
"""
