/** Draws a share over days as a line in SVG. */

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, MARGIN] = [512, 88, 40, 10];

/**
 * @param {string} tag
 * @param {Object<string, string | number>} attributes
 * @param {string} [text]
 */
function shape(tag, attributes, text = "") {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
}

/** @param {number} share From 0 to 1. */
const height = (share) => MARGIN + (1 - share) * (HEIGHT - 2 * MARGIN);

/** A day since 1970 as a date. @param {number} day */
export const date = (day) => new Date(day * 86_400_000).toISOString().slice(0, 10);

/**
 * A chart of a share over time, from the first of its days until `today`.
 * @param {{day: number, competence: number}[]} days
 * @param {number} today
 * @param {string} label The description for screen readers.
 */
export function chart(days, today, label) {
  const first = Math.min(days[0].day, today - 1);
  const across = (day) => LEFT + ((day - first) / (today - first)) * (WIDTH - LEFT - MARGIN);
  const points = days.map(({ day, competence }) => [across(day), height(competence)]);
  const frame = shape("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  frame.setAttribute("aria-label", label);
  for (const share of [0, 0.5, 1]) {
    const [y, x2] = [height(share), WIDTH - MARGIN];
    frame.append(shape("line", { x1: LEFT, x2, y1: y, y2: y }));
    frame.append(shape("text", { x: 0, y: y + 4 }, `${100 * share}%`));
  }
  frame.append(shape("polyline", { points: points.map((point) => point.join()).join(" ") }));
  for (const [place, [cx, cy]] of points.entries()) {
    const dot = shape("circle", { cx, cy, r: 3 });
    const { day, competence } = days[place];
    dot.append(shape("title", {}, `${date(day)}: ${Math.round(100 * competence)}%`));
    frame.append(dot);
  }
  return frame;
}
