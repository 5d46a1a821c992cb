/** Shows answers as DOM nodes. Text of the server or the user never becomes markup. */

import {
  duration,
  editInWords,
  isPlanned,
  outcomeInWords,
  pieces,
  sides,
  typeInWords,
  words,
} from "./text.js";

/** @typedef {import("./text.js").Candidate} Candidate */
/** @typedef {import("./text.js").Part} Part */
/** @typedef {import("./text.js").Answer} Answer */

const STATUSES = {
  failed: "Failed",
  timeout: "Timed out",
  missing: "No answer",
  late: "Not waited for",
  "not asked": "Not asked",
};

/**
 * @param {string} tag
 * @param {Object<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
export function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * A source with marked edits; `marks` selects the candidates to mark.
 * @param {string} source
 * @param {Candidate[]} candidates
 * @param {(candidate: Candidate) => boolean} marks
 * @returns {(Node | string)[]}
 */
export function markedText(source, candidates, marks) {
  return pieces(source, candidates.filter(marks)).map((piece) =>
    typeof piece === "string" ? piece : change(piece, candidates.indexOf(piece)),
  );
}

/** @param {Candidate} edit @param {number} place */
function change(edit, place) {
  const attributes = { class: edit.accepted ? "change taken" : "change", "data-candidate": place };
  return element("span", attributes, ...struckAndAdded(...words(edit)));
}

/** @param {string} original @param {string} replacement */
function struckAndAdded(original, replacement) {
  const struck = element("del", {}, original);
  const added = element("ins", {}, replacement);
  if (original && replacement) return [struck, element("wbr", {}), added];
  return [original ? struck : added];
}

/**
 * One row per system: its text with changes marked, its latency, its weight.
 * @param {string} source
 * @param {Answer} answer
 */
export function partRows(source, answer) {
  const parts = Object.entries(answer.systems);
  const slowest = Math.max(...parts.map(([, part]) => part.milliseconds ?? 0));
  const heaviest = Math.max(...parts.map(([, part]) => part.weight ?? 0));
  return parts.map(([name, part]) =>
    element(
      "li",
      { class: isPlanned(part) ? "part" : "part failed", "data-system": name },
      element("h3", {}, name),
      part.status === "ok" ? said(source, answer.candidates, name, part) : failure(part),
      element(
        "dl",
        { class: "soft" },
        ...tally(answer.candidates, name, part),
        ...measure("latency", part.milliseconds, slowest, duration),
        ...measure("weight", part.weight, heaviest, (weight) => weight.toFixed(2)),
      ),
    ),
  );
}

/** @param {string} source @param {Candidate[]} candidates @param {string} name @param {Part} part */
function said(source, candidates, name, part) {
  const isOwn = (candidate) => candidate.voters.includes(name);
  const text = markedText(source, candidates, isOwn);
  return element("p", { class: "text", dir: "auto" }, ...text);
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
  const what = element("strong", {}, STATUSES[status] ?? status);
  const kind = isPlanned({ status }) ? "soft" : "failure";
  return element("p", { class: kind }, what, reason ? `: ${reason}` : "");
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

/** @param {string} name @param {...(Node | string | number)} value */
export function pair(name, ...value) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, ...value));
}

/** @param {number} share From 0 to 1. */
export function bar(share) {
  const node = element("span", { class: "bar", "aria-hidden": "true" });
  node.style.setProperty("--share", share.toFixed(4));
  return node;
}

/**
 * One table row per candidate, in the order of the answer.
 * @param {Candidate[]} candidates
 */
export function editRows(candidates) {
  if (candidates.length) return candidates.map(editRow);
  const nothing = element("td", { role: "cell", colspan: 5 }, "No system proposed a change.");
  return [element("tr", { role: "row" }, nothing)];
}

/** @param {Candidate} candidate @param {number} place */
function editRow(candidate, place) {
  const { type, voters, probability, accepted } = candidate;
  const shown = sides(candidate);
  const attributes = { type: "button", class: "edit", dir: "auto", "aria-pressed": "false" };
  const button = element("button", attributes, ...struckAndAdded(...shown));
  button.setAttribute("aria-label", editInWords(...shown));
  const cell = (...children) => element("td", { role: "cell" }, ...children);
  return element(
    "tr",
    { role: "row", class: accepted ? "change taken" : "change", "data-candidate": place },
    cell(button),
    cell(element("span", { title: type }, typeInWords(type))),
    cell(voters.join(", ")),
    cell(bar(probability), `${Math.round(100 * probability)}%`),
    cell(element("span", { class: "outcome" }, outcomeInWords(candidate)), ...noteOf(candidate)),
  );
}

/** The votes on the same words, on a separate line. @param {Candidate} candidate */
function noteOf({ note }) {
  return note ? [element("small", { class: "note soft" }, note)] : [];
}

/**
 * A check box for a system, to leave it out.
 * @param {string} name
 */
export function rosterEntry(name) {
  const box = element("input", { type: "checkbox", name: "systems", value: name, checked: "" });
  const state = element("span", { class: "state" });
  return element("label", { "data-name": name }, box, element("span", {}, name), state);
}
