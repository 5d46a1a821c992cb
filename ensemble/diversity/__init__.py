"""A member trained to make the ensemble better: the only system that is not a black box.

Read in this order: `material` (what the others and the member could say), `ensembles` (what
combines them), `decisions` and `effects` (the choices it has, and what each does to its own output
and to the combined one), `rewards`, `observation` and `policy` (what it sees, how it chooses),
`environment` and `ppo`, or `direct` (training), `member` (a system again), `trial`, `judging` and
`report` (what it was worth, here and in other ensembles). After Han & Ng (2021), whose reward was
to differ; here it may also be what the difference does to the ensemble.
"""
