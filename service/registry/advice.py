"""Terms that name registered combiners, and advice where one cannot be used."""

from collections.abc import Container

from service.registry.repository import CHAMPION, Known, Version

_MOST = 5


def chosen(known: Known, term: str) -> Version | None:
    """Return the version that a term names: `mine`, `mine@2` or `mine@champion`."""
    name, _, reference = term.partition("@")
    versions, aliases = known
    number = aliases.get((name, reference or CHAMPION))
    wanted = reference if number is None else str(number)
    return next((row for row in versions if (row.name, str(row.version)) == (name, wanted)), None)


def terms(known: Known) -> list[str]:
    """Return the terms that name a version, a champion by its name alone."""
    versions, aliases = known
    champions = [name for name, alias in aliases if alias == CHAMPION]
    return [*champions, *(f"{row.name}@{row.version}" for row in versions)]


def advice(known: Known, loaded: Container[str], term: str) -> str | None:
    """Return why `term` names no version that can be used, and what to send instead.

    `loaded` has the terms that requests can use. `None` where nothing is registered by this name.
    """
    name, _, reference = term.partition("@")
    versions, aliases = known
    terms = [f"{name}@{row.version}" for row in reversed(versions) if row.name == name]
    if not terms:
        return None
    reference = reference or CHAMPION
    at = aliases.get((name, reference), None if reference == CHAMPION else reference)
    if f"{name}@{at}" in terms:
        fault = f"the files of {name}@{at} are missing or damaged on this machine"
    elif at is None:
        fault = f"{name} has no champion"
    elif str(reference).isdecimal():
        fault = f"{name} has no version {reference}"
    else:
        fault = f"{name} has no alias {reference!r}"
    return f"{fault}; {_instead(name, [term for term in [name, *terms] if term in loaded])}"


def _instead(name: str, terms: list[str]) -> str:
    """Return the way out, with the first of `terms`, which can be used."""
    if not terms:
        return f"upload a version: POST /v1/combiners/{name}"
    listed = "say " + " or ".join(terms[:_MOST])
    if name in terms:
        return listed
    return f"{listed}, or promote a version: POST /v1/combiners/{name}/aliases/{CHAMPION}"
