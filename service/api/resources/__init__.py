"""The resources of the REST API: each is a module here with `routes(application)`.

The application finds the modules itself. Who may call a route is decided in `service.api.access`.
"""

import pkgutil
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import chain

from fastapi import APIRouter
from starlette.routing import Route

from service.container import Application

FIRST = f"{__name__}.combine"
"""The resource whose routes are asked most often: requests are compared with one after another."""


def routers(application: Application) -> Iterator[APIRouter]:
    """Return the routes of all resources: those of `FIRST`, then by the names of their modules.

    Raises:
        TypeError: a module has no function `routes`, or it does not return an `APIRouter`.
    """
    names = [module.name for module in pkgutil.iter_modules(__path__, f"{__name__}.")]
    for name in sorted(names, key=lambda name: name != FIRST):
        routes = getattr(import_module(name), "routes", None)
        if routes is None:
            raise TypeError(f"{name} has no function routes(application)")
        router = routes(application)
        if not isinstance(router, APIRouter):
            returned = "None" if router is None else f"a {type(router).__name__}"
            raise TypeError(f"{name}: routes() returned {returned}, not an APIRouter")
        yield router


def check_routes(routers: Iterable[APIRouter]) -> None:
    """Check that no route hides another, because both have the same method and path.

    Raises:
        ValueError: two have; the message names them and their modules.
    """
    known: dict[tuple[str, str], Route] = {}
    for route in chain.from_iterable(router.routes for router in routers):
        if not isinstance(route, Route):
            continue
        # Paths that differ only in the names of parameters are the same.
        path = re.sub(r"\{\w+", "{", route.path)
        for method in sorted(route.methods or ()):
            other = known.setdefault((method, path), route)
            if other is not route:
                modules = f"{other.endpoint.__module__} and in {route.endpoint.__module__}"
                raise ValueError(
                    f"{method} {route.path} is a route in {modules}: give one another path"
                )
