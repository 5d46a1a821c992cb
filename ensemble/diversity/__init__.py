"""Training a member that makes the ensemble better: the only system that is not a black box.

The folders build on each other in this order:

- `data`: the dataset, which holds sources, the other systems' outputs, the member's versions, gold.
- `policy`: the decisions a member has, what each option does, what it sees, and how it chooses.
- `training`: rewards, and two ways of training a policy for them.
- `assessment`: the member compared with baselines, in this and in other ensembles, as a report.

After Han & Ng (2021), whose reward was to differ from the other systems; here it may also be what
that difference does to the combined output.
"""
