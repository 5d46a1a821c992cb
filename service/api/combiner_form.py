"""Parses the upload form of a trained combiner: two files, whose names are ignored."""

from collections.abc import AsyncGenerator

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from service.api import body
from service.core import limits
from service.core.problems import Problem

FORM = "multipart/form-data"
UPLOAD = {
    "type": "object",
    "required": ["manifest", "weights"],
    "properties": {
        "manifest": {"type": "string", "format": "binary", "description": "manifest.json"},
        "weights": {"type": "string", "format": "binary", "description": "the safetensors file"},
    },
}
"""The schema of the form."""


def check_same_site(request: Request) -> None:
    """Refuse requests from pages of other sites, to which browsers may send forms unasked.

    Raises:
        Problem: 403, another site sent the request.
    """
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise Problem("cross-site-request", "pages of other sites may not send this request")


async def read_form(request: Request, limit: int, timeout_s: float) -> tuple[bytes, bytes]:
    """Return the manifest and the weights of an upload; file names are ignored.

    Raises:
        Problem: the form is malformed, larger than `limit`, or did not arrive.
    """
    content = await body.read(request, limit, timeout_s)

    async def whole() -> AsyncGenerator[bytes, None]:
        yield content

    parser = MultiPartParser(request.headers, whole(), max_files=2, max_fields=2)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise Problem("invalid-upload", f"the form cannot be read: {error}") from None
    try:
        return await _part(form, "manifest"), await _part(form, "weights")
    finally:
        await form.close()


async def _part(form: FormData, name: str) -> bytes:
    files = form.getlist(name)
    if len(files) != 1 or not isinstance(files[0], UploadFile) or len(form.multi_items()) != 2:
        detail = "the form has one file called manifest and one called weights, and nothing else"
        raise Problem("invalid-upload", detail)
    if name == "manifest" and (files[0].size or 0) > limits.MANIFEST_BYTES:
        detail = f"the manifest has more than {limits.MANIFEST_BYTES} bytes, which is the limit"
        raise Problem("body-too-large", detail)
    return await files[0].read()
