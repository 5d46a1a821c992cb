/* What is not well made in the page as it is shown now, each in words; empty if all is well. */
() => {
  const CONTRAST = 4.5; // of texts, as WCAG 2 counts it for level AA
  const TARGET_PX = 24; // of what is pressed, as in WCAG 2.2, 2.5.8
  const all = [...document.querySelectorAll("body *")].filter((node) => node.checkVisibility());
  const named = (node) => node.outerHTML.slice(0, 90);
  const style = (node) => getComputedStyle(node);

  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const linear = (share) => (share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map((channel) => linear(channel / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const isOpaque = (node) => channels(style(node).backgroundColor)[3] !== 0;
  const behind = (node) => (isOpaque(node) || !node.parentElement ? node : behind(node.parentElement));
  const contrast = (node) => {
    const text = luminance(style(node).color);
    const ground = luminance(style(behind(node)).backgroundColor);
    return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
  };
  const hasText = (node) =>
    [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
  const texts = all.filter((node) => hasText(node) && !node.closest("svg"));

  /* A label is part of its field: a press on it is one on the field. */
  const box = (node) => {
    const boxes = [node, ...(node.labels ?? [])].map((part) => part.getBoundingClientRect());
    const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((each) => each[side])));
    const [right, bottom] = ["right", "bottom"].map((side) =>
      Math.max(...boxes.map((each) => each[side])),
    );
    return { left, top, right, bottom, width: right - left, height: bottom - top };
  };
  const targets = all.filter((node) =>
    node.matches("a[href], button, summary, input:not([type=hidden]), select, textarea"),
  );
  const isInSentence = (node) => node.matches("a") && hasText(node.parentElement);
  const isSmall = (node) => {
    const { width, height } = box(node);
    return Math.min(width, height) < TARGET_PX && !isInSentence(node);
  };

  const hides = (value) => value === "hidden" || value === "clip";
  const isClipped = (node) => style(node).clipPath !== "none"; // for screen readers alone
  const isCut = (node) => {
    const { overflowX, overflowY, webkitLineClamp } = style(node);
    const wide = node.scrollWidth > node.clientWidth + 1;
    const high = node.scrollHeight > node.clientHeight + 1;
    const isField = node.matches("input");
    return (
      !node.title &&
      !node.closest("thead") &&
      ((wide && (isField || hides(overflowX))) ||
        (high && hides(overflowY) && webkitLineClamp === "none"))
    );
  };
  const scrolls = (node) =>
    node && (/auto|scroll/.test(style(node).overflowX) || isClipped(node) || scrolls(node.parentElement));
  const isOutside = (node) => {
    const { left, right } = node.getBoundingClientRect();
    return (right > document.documentElement.clientWidth + 1 || left < -1) && !scrolls(node);
  };

  const stops = targets.filter((node) => node.tabIndex >= 0 && !node.disabled);
  const isAfterLower = (node, place) =>
    place > 0 && box(node).bottom <= box(stops[place - 1]).top && !scrolls(node);

  const faults = (words, nodes) => nodes.map((node) => `${words}: ${named(node)}`);
  const { scrollWidth, clientWidth } = document.documentElement;
  return [
    ...(scrollWidth > clientWidth ? [`the page is ${scrollWidth} px wide, of ${clientWidth}`] : []),
    ...faults("low contrast", texts.filter((node) => contrast(node) < CONTRAST)),
    ...faults("small target", targets.filter(isSmall)),
    ...faults("cut off", [...texts, ...targets].filter(isCut)),
    ...faults("outside", texts.filter(isOutside)),
    ...faults("focus goes up", stops.filter(isAfterLower)),
  ];
};
