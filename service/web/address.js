/**
 * What was combined in this page, by its entry in the history of the browser: going back shows it
 * again without asking the service.
 */

import { decode, encode } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./result.js").Outcome} Outcome */

/** @type {Map<string, Outcome[]>} */
const outcomes = new Map();

/** Outcomes that are kept; older entries of the history are asked again. */
const MOST = 30;

/**
 * Put a state into the address, as a new entry of the history or in place of the present one.
 * @param {State} state
 * @param {Outcome[]} answered
 * @param {boolean} isNew
 */
export function keepInAddress(state, answered, isNew) {
  const key = (isNew ? undefined : history.state?.key) ?? newKey();
  const hash = isNew ? `#${encode(state)}` : location.hash;
  if (outcomes.size >= MOST) outcomes.delete(outcomes.keys().next().value);
  outcomes.set(key, answered);
  const isSame = location.hash === hash;
  // The mark says that this page asked it: a link from elsewhere does not make the service work.
  history[isSame ? "replaceState" : "pushState"]({ key, isAsked: true }, "", hash);
}

/** Unlike that of any other entry. */
function newKey() {
  return `${Date.now()} ${Math.random()}`;
}

/** Begin an entry of the history for a form that has not been sent. @param {State} state */
export function beginEntry(state) {
  history.pushState(null, "", `#${encode(state)}`);
}

/** The present entry: its state, its outcomes if they are known, and whether it was asked here. */
export function presentEntry() {
  const { key, isAsked = false } = history.state ?? {};
  return { state: decode(location.hash), outcomes: outcomes.get(key) ?? null, isAsked };
}

/** What the address does not have, in words. @param {State} state */
export function missingInAddress(state) {
  if (state.from === "files") return "Files are not in the address: open them again after a reload.";
  if (!decode(encode(state)).isCut) return "";
  return "This is too long for a link: the address has only the beginning of it.";
}
