"""The resources of the REST API: each is a module here with `routes(application)`.

The application finds the modules itself. Who may call a route is decided in `service.api.access`.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from fastapi import APIRouter

from service.container import Application


def routers(application: Application) -> Iterator[APIRouter]:
    """Return the routes of all resources, in alphabetical order of their modules."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        yield import_module(module.name).routes(application)
