"""The tests of the MCP server are left out where its SDK, in `consort[mcp]`, is not installed."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("mcp") else ["test_*.py"]
