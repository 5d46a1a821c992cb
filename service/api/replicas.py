"""The same service on Ray Serve: as many replicas as wanted, on as many machines.

Each replica is a whole service, with systems of its own. What they share is the database, which
must then be PostgreSQL, and the `state` folder, which every machine must see at its path.
"""

from typing import TYPE_CHECKING, Any

from service.core.settings import Settings

if TYPE_CHECKING:
    from ray.serve import Application


def deployment(settings: Settings, **options: Any) -> "Application":  # noqa: ANN401
    """Return what `ray.serve.run` takes: `create_app(settings)`, deployed.

    Args:
        settings: of every replica; `host` and `port` are Serve's own to choose.
        options: of `ray.serve.deployment`, as `num_replicas` or `autoscaling_config`.

    Raises:
        ImportError: Ray, or what its Serve needs, is not installed.
    """
    try:
        from ray import serve
    except ImportError as error:
        raise ImportError(f"a deployment needs Ray with Serve: {error}") from error

    def build() -> Any:  # noqa: ANN401
        from service.api.app import create_app

        return create_app(settings)  # made in each replica: what is at work cannot be sent there

    class Consort:
        """A replica."""

    asked = {"max_ongoing_requests": 2 * settings.asking_at_once, **options}
    deployed = serve.deployment(**asked)(serve.ingress(build)(Consort))
    return deployed.bind()
