"""The MCP server: its tools over standard input and output, or over HTTP on this machine."""

import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from evaluation.version import VERSION
from service.core.engine import Engine
from service.core.settings import Settings
from service.mcp.check import check
from service.mcp.combine import combine
from service.mcp.errors import document_of, shown
from service.mcp.explain import explain
from service.mcp.score import score
from service.mcp.tool import Tool

if TYPE_CHECKING:
    from mcp import types
    from mcp.server import Server, ServerRequestContext

_LOG = logging.getLogger(__name__)

_INSTRUCTIONS = """\
Consort combines the outputs of several systems or models into one, and says why. Use `check` to \
correct a text, `combine` to merge outputs that you have or to correct a sentence, `explain` for \
the reasons of a combination, and `score` to measure outputs against references or sources."""

_MISSING = "the MCP server needs the extra: pip install 'consort[mcp]'"


def require_sdk() -> None:
    """Check that the SDK is installed.

    Raises:
        ImportError: it is not; the message names the extra.
    """
    try:
        import mcp.server  # noqa: F401
    except ImportError as error:
        raise ImportError(_MISSING) from error


def build(engine: Engine, settings: Settings) -> "Server[Any]":
    """Return the server of the tools; the engine is started and stopped elsewhere."""
    from mcp import MCPError, types
    from mcp.server import Server

    tools = {tool.name: tool for tool in _tools(engine, settings)}

    async def list_tools(
        _: "ServerRequestContext[Any]", __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=list(map(_definition, tools.values())))

    async def call_tool(
        _: "ServerRequestContext[Any]", params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        if params.name not in tools:
            known = ", ".join(tools)
            message = f"the tool {params.name!r} is unknown; available: {known}"
            raise MCPError(types.INVALID_PARAMS, message)
        return await _called(tools[params.name], params.arguments or {}, settings.log_requests)

    return Server(
        "consort",
        version=VERSION,
        title="Consort",
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def serve_stdio(engine: Engine, settings: Settings) -> None:
    """Serve one client on standard input and output until it closes them.

    Anything else written to standard output, by a system too, goes to standard error.
    """
    from mcp.server.stdio import stdio_server

    server = build(engine, settings)
    async with stdio_server() as (received, sent), _running(engine):
        await server.run(received, sent, server.create_initialization_options())


async def serve_http(engine: Engine, settings: Settings, port: int) -> None:
    """Serve clients on this machine by streamable HTTP, at `/mcp`, until a signal arrives."""
    import uvicorn

    app = build(engine, settings).streamable_http_app(host="127.0.0.1")
    config = uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False, log_config=None)
    async with _running(engine):
        await uvicorn.Server(config).serve()


@asynccontextmanager
async def _running(engine: Engine) -> AsyncIterator[None]:
    await engine.start()
    try:
        yield
    finally:
        await engine.stop()


def _tools(engine: Engine, settings: Settings) -> list[Tool[Any]]:
    return [combine(engine), check(engine, settings), explain(engine), score(settings)]


def _definition(tool: Tool[Any]) -> "types.Tool":
    from mcp import types

    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(read_only_hint=True, idempotent_hint=True),
    )


async def _called(
    tool: Tool[Any], arguments: Mapping[str, object], log: bool
) -> "types.CallToolResult":
    """Return the result of a call; an error is a result too, with its problem document."""
    from mcp import types

    began = time.perf_counter()
    status = "cancelled"
    try:
        result = await tool.call(arguments)
        fields, text, status = dict(result.fields), result.text, "ok"
    except Exception as error:
        document = document_of(tool.name, error)
        fields, text, status = dict(document), shown(document), document["type"]
    finally:
        if log:
            milliseconds = (time.perf_counter() - began) * 1000
            _LOG.info("tool %s: %s in %.1f ms", tool.name, status, milliseconds)
    return types.CallToolResult(
        content=[types.TextContent(text=text)],
        structured_content=fields,
        is_error=status != "ok",
    )
