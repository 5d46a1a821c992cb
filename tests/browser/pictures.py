"""Makes the pictures of the playground in docs: `python -m tests.browser.pictures ADDRESS`.

`ADDRESS` is that of a service with the embedded correctors, as `make run` starts it.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = {
    "playground": ("Edits", 0),
    "playground_texts": ("Texts", 1),
    "playground_labels": ("Labels", 1),
}
"""File in docs, without suffix: the tab, and the example that is pressed there."""
COLOURS = 64


def make(address: str) -> None:
    """Write all pictures."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, (tab, example) in PICTURES.items():
            page = browser.new_page(base_url=address, viewport={"width": 1000, "height": 800})
            save(shown(page, tab, example), DOCS / f"{name}.png")
        browser.close()


def shown(page: Page, tab: str, example: int) -> bytes:
    """Return a page with the outcome of an example, as PNG."""
    page.goto("/")
    page.locator("#roster-list label").first.wait_for()
    page.get_by_role("tab", name=tab).click()
    page.locator(".example").nth(example).click()
    page.locator("#result").wait_for()
    page.mouse.move(0, 0)
    return page.screenshot(full_page=True)


def save(png: bytes, path: Path) -> None:
    """Write a picture with few colours, which makes it small."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    print(f"{path} {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    make(*sys.argv[1:])
