"""What a page really shows: pixels of its canvas, and of pictures taken of it."""

from base64 import b64encode

from playwright.sync_api import Page

# How many pixels of the chart have a colour of the theme, in one column or everywhere; a little blur is forgiven.
PIXELS = """([name, x]) => {
  const { canvas, theme, pen } = report.charts[0], ratio = devicePixelRatio;
  const probe = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  probe.fillStyle = theme[name];
  probe.fillRect(0, 0, 1, 1);
  const wanted = probe.getImageData(0, 0, 1, 1).data;
  const [from, wide] = x === null ? [118 * ratio, canvas.width - 118 * ratio] : [Math.round((x - 1) * ratio), 3 * ratio];
  const { data } = pen.getImageData(from, 0, wide, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if ([0, 1, 2].every((part) => Math.abs(data[i + part] - wanted[part]) < 14)) count++;
  }
  return count;
}"""

COLOURS = """async (picture) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + picture;
  await image.decode();
  const pen = new OffscreenCanvas(image.width, image.height).getContext('2d');
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height), counts = new Map();
  for (let i = 0; i < data.length; i += 4) {
    const colour = data[i] << 16 | data[i + 1] << 8 | data[i + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [counts.size, Math.max(...counts.values()) / (data.length / 4)];
}"""


def pixels(page: Page, colour: str, x: float | None = None) -> int:
    """How many of the first chart's, in the three columns around `x` or in all."""
    count: int = page.evaluate(PIXELS, [colour, x])
    return count


def settle(page: Page) -> None:
    """Until the next picture has been drawn."""
    page.wait_for_timeout(200)  # what is typed is read an eighth of a second later
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def colours(page: Page) -> tuple[int, float]:
    """Of a screenshot: how many colours there are, and what share of it has the commonest."""
    picture = b64encode(page.screenshot()).decode()
    browser = page.context.browser
    assert browser is not None
    blank = browser.new_page()
    blank.goto("about:blank")
    count, share = blank.evaluate(COLOURS, picture)
    blank.close()
    return count, share
