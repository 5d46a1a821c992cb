"""A system that is an HTTP endpoint: a source in a JSON request, its output in the JSON answer."""

from abc import ABC, abstractmethod
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, field_validator

from ensemble.systems.addresses import checked_url
from ensemble.systems.base import Concurrency, Health, SystemConfig
from ensemble.systems.json_body import pick
from ensemble.systems.registry import register
from ensemble.systems.transport import CallLimits, Content, Transport


class EndpointConfig(CallLimits, SystemConfig):
    """The keys of every system that is an endpoint, whatever it is asked."""

    concurrency: Concurrency = 8


@register("http", key="url")
class HttpConfig(EndpointConfig):
    """The URL to POST a source to as JSON, and the place of the hypothesis in the JSON answer.

    `{source}` in any text of `request` stands for the source; `response` is a path of keys and
    list positions with dots between, as in `choices.0.text`.
    """

    url: Annotated[str, AfterValidator(checked_url)]
    request: JsonValue
    response: str = Field(min_length=1)

    @field_validator("request")
    @classmethod
    def _has_a_place_for_the_source(cls, request: JsonValue) -> JsonValue:
        if _fill(request, "") == request:
            raise ValueError("it must contain {source}")
        return request

    def system(self) -> "HttpSystem":
        """The system it describes, not started."""
        return HttpSystem(self)


class Endpoint(ABC):
    """A system asked by POST."""

    can_be_cancelled = True
    """A request that is cancelled costs nothing; see `ensemble.systems.ask.ask_one`."""

    def __init__(self, config: EndpointConfig, url: str) -> None:
        self.name = config.name
        self._transport = Transport(config, url, self.headers)

    @abstractmethod
    def content(self, source: str) -> Content:
        """Return the body sent for a source."""

    @abstractmethod
    def answer(self, source: str, body: bytes) -> str:
        """Return the hypothesis for a source that a body has.

        Raises:
            SystemFailure: it has none.
        """

    def headers(self) -> dict[str, str]:
        """Return the headers that are sent beside the usual ones.

        Raises:
            SystemFailure: one cannot be made.
        """
        return {}

    @property
    def health(self) -> Health:
        """Its state as of the last request: an endpoint is not called just to see it live."""
        return self._transport.health

    async def start(self) -> None:
        """Open the client and check the address, without calling the endpoint."""
        await self._transport.start()

    async def correct(self, source: str) -> str:
        """POST the source, within `timeout_s` over all attempts.

        Raises:
            SystemFailure: no connection, a status other than 2xx, or an answer of another shape;
                or it failed so often that it is left alone.
        """
        return await self._transport.ask(
            self.content(source), lambda body: self.answer(source, body)
        )

    async def stop(self) -> None:
        """Close the client's connections."""
        await self._transport.stop()


class HttpSystem(Endpoint):
    """An endpoint that takes and gives JSON of whatever shape."""

    def __init__(self, config: HttpConfig) -> None:
        super().__init__(config, config.url)
        self._config = config

    def content(self, source: str) -> JsonValue:
        """Return the template with the source in it."""
        return _fill(self._config.request, source)

    def answer(self, source: str, body: bytes) -> str:
        """Return what stands where the answer is said to be.

        Raises:
            SystemFailure: nothing does, or no text.
        """
        return pick(body, self._config.response)


def _fill(template: JsonValue, source: str) -> JsonValue:
    if isinstance(template, str):
        return template.replace("{source}", source)
    if isinstance(template, list):
        return [_fill(item, source) for item in template]
    if isinstance(template, dict):
        return {key: _fill(value, source) for key, value in template.items()}
    return template
