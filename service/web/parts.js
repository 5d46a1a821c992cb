/** Shows the output of each system, with its changes, its latency and its weight. */

import { markedText } from "./marked.js";
import { duration, isPlanned } from "./text.js";
import { bar, element, pair } from "./view.js";

/** @typedef {import("./text.js").Answer} Answer */
/** @typedef {import("./text.js").Candidate} Candidate */
/** @typedef {import("./text.js").Part} Part */

const STATUSES = {
  failed: "Failed",
  timeout: "Timed out",
  missing: "No answer",
  late: "Not waited for",
  "not asked": "Not asked",
};

/**
 * One row per system.
 * @param {Answer} answer
 * @param {?string} base The text that the candidates change; null if they are whole texts or labels.
 */
export function partRows(answer, base) {
  const parts = Object.entries(answer.systems);
  const slowest = Math.max(...parts.map(([, part]) => part.milliseconds ?? 0));
  const heaviest = Math.max(...parts.map(([, part]) => part.weight ?? 0));
  return parts.map(([name, part]) =>
    element(
      "li",
      { class: isPlanned(part) ? "part" : "part failed", "data-system": name },
      element("h3", {}, name),
      part.status === "ok" ? output(answer, base, name) : failure(part),
      element(
        "dl",
        { class: "soft" },
        ...(base === null ? [] : tally(answer.candidates, name, part)),
        ...measure("latency", part.milliseconds, slowest, duration),
        ...measure("weight", part.weight, heaviest, (weight) => weight.toFixed(2)),
      ),
    ),
  );
}

/** @param {Answer} answer @param {?string} base @param {string} name */
function output({ candidates }, base, name) {
  const isOwn = ({ voters }) => voters.includes(name);
  if (base !== null) return textOf(markedText(base, candidates, isOwn));
  const place = candidates.findIndex(isOwn);
  if (place < 0) return textOf([]);
  const { accepted, replacement } = candidates[place];
  const attributes = { class: accepted ? "whole taken" : "whole", "data-candidate": place };
  return textOf([element("span", attributes, replacement)]);
}

/** @param {(Node | string)[]} children */
function textOf(children) {
  return element("p", { class: "text", dir: "auto" }, ...children);
}

/** @param {Candidate[]} candidates @param {string} name @param {Part} part */
function tally(candidates, name, part) {
  if (part.status !== "ok") return [];
  const own = candidates.filter((candidate) => candidate.voters.includes(name));
  const accepted = own.filter((candidate) => candidate.accepted).length;
  return [pair("proposed", own.length), pair("accepted", accepted)];
}

/** @param {Part} part */
function failure({ status, reason }) {
  const shown = element("strong", {}, STATUSES[status] ?? status);
  const kind = isPlanned({ status }) ? "soft" : "failure";
  return element("p", { class: kind }, shown, reason ? `: ${reason}` : "");
}

/**
 * @param {string} name
 * @param {?number} value
 * @param {number} greatest
 * @param {(value: number) => string} inWords
 */
function measure(name, value, greatest, inWords) {
  if (value === null || value === undefined) return [];
  const share = greatest > 0 ? value / greatest : 0;
  return [pair(name, bar(share), inWords(value))];
}
