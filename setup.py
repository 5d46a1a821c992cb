"""The packages to install: what pyproject.toml cannot say, because one has another name here.

The shipped configurations lie in `configs/`, where people look for them, and are installed as
the package `consort_configs`, from which `importlib.resources` reads them.
"""

from setuptools import find_namespace_packages, setup

setup(
    packages=[
        "consort_configs",
        *find_namespace_packages(include=["consort*", "ensemble*", "evaluation*", "service*"]),
    ],
    package_dir={"consort_configs": "configs"},
    package_data={
        "*": ["py.typed"],
        "consort_configs": ["**/*.yaml"],
        "service": ["web/*"],
    },
)
