"""The service on Ray Serve: any number of replicas on any number of machines.

Each replica is a complete service with its own systems. Replicas share the database, which must be
PostgreSQL, and the `state` folder, which every machine must mount at the same path.
"""

from typing import TYPE_CHECKING, Any

from service.core.settings import Settings

if TYPE_CHECKING:
    from ray.serve import Application


def deployment(settings: Settings, **options: Any) -> "Application":  # noqa: ANN401
    """Return `create_app(settings)` as an application for `ray.serve.run`.

    Args:
        settings: used by every replica, except `host` and `port`, which Serve chooses.
        options: options of `ray.serve.deployment`, such as `num_replicas`.

    Raises:
        ImportError: Ray Serve or one of its dependencies is not installed.
    """
    try:
        from ray import serve
    except ImportError as error:
        raise ImportError(f"a deployment needs Ray with Serve: {error}") from error

    def build() -> Any:  # noqa: ANN401
        from service.api.app import create_app

        return create_app(settings)  # built in each replica: running components cannot be pickled

    class Consort:
        """A replica."""

    all_options = {"max_ongoing_requests": 2 * settings.asking_at_once, **options}
    deployed = serve.deployment(**all_options)(serve.ingress(build)(Consort))
    return deployed.bind()
