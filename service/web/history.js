/** The last ten texts that were combined, in the storage of this browser. */

import { decode, encode } from "./state.js";
import { byId, element } from "./view.js";

const KEY = "consort.history";
const MOST = 10;

/** The addresses of the texts, the newest first; none where the browser stores nothing. @returns {string[]} */
function stored() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter((hash) => typeof hash === "string") : [];
  } catch {
    return [];
  }
}

/** @param {string[]} list */
function store(list) {
  try {
    localStorage.setItem(KEY, JSON.stringify(list));
  } catch {
    // The browser forbids it, or is full: the texts are in the address all the same.
  }
}

/** Add a state that was combined to the history, and show it. @param {import("./state.js").State} state */
export function remember(state) {
  if (state.from === "files") return;
  const hash = encode(state);
  store([hash, ...stored().filter((other) => other !== hash)].slice(0, MOST));
  showHistory();
}

/** Show the history as links to its texts. */
export function showHistory() {
  const list = stored();
  byId("history").hidden = !list.length;
  byId("history-list").replaceChildren(...list.map(entry));
}

/** Forget all texts. */
export function clearHistory() {
  store([]);
  showHistory();
}

/** @param {string} hash */
function entry(hash) {
  const { kind, source, outputs, combiner } = decode(hash);
  const text = source || outputs.map(([, output]) => output).join(" / ") || "(empty)";
  const about = [kind, ...(combiner ? [combiner] : [])].join(", ");
  const link = element("a", { href: `#${hash}` }, text.slice(0, 120));
  return element("li", {}, link, " ", element("span", { class: "soft" }, about));
}
