/* The contrast of every visible text with what is behind it, as WCAG 2 counts it. */
() => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const linear = (share) => (share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map((channel) => linear(channel / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const isOpaque = (node) => channels(getComputedStyle(node).backgroundColor)[3] !== 0;
  const behind = (node) => (isOpaque(node) ? node : behind(node.parentElement));
  const contrast = (node) => {
    const text = luminance(getComputedStyle(node).color);
    const ground = luminance(getComputedStyle(behind(node)).backgroundColor);
    return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
  };
  const hasText = (node) =>
    [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
  return [...document.querySelectorAll("body *")]
    .filter((node) => node.checkVisibility() && hasText(node))
    .map((node) => [node.outerHTML.slice(0, 80), contrast(node)]);
}
