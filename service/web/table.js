/** The table of candidates: each with its voters, its support, the decision and its reason. */

import { editInWords, sides, typeInWords } from "./edits.js";
import { struckAndAdded } from "./marked.js";
import {
  backing,
  explanation,
  isOfEdits,
  measureExplained,
  measureInWords,
  outcomeInWords,
} from "./reasons.js";
import { counted, percent } from "./text.js";
import { bar, byId, element, showInParts } from "./view.js";
import { verdictOf } from "./verdicts.js";

/** @typedef {import("./text.js").Answer} Answer */
/** @typedef {import("./text.js").Candidate} Candidate */

/**
 * An answer with all that explains it.
 * @typedef {object} Shown
 * @property {Answer} answer
 * @property {import("./text.js").Kind} kind
 * @property {string} base The text that the candidates change.
 * @property {import("./reasons.js").Competences} competences Of the systems that were asked.
 * @property {?{name: string, accepted: (candidate: Candidate) => ?boolean}} other The other combiner.
 */

const HEADINGS = { edits: "edits", texts: "texts", labels: "labels" };

/** Show the candidates that the filter selects. @param {Shown} shown */
export function showTable(shown) {
  const { answer, kind, other } = shown;
  const noun = isOfEdits(answer, kind) ? "edits" : kind;
  byId("edits-title").textContent = `All ${HEADINGS[noun]} and decisions`;
  byId("candidate-heading").textContent = { edits: "Edit", texts: "Text", labels: "Label" }[noun];
  byId("measure").textContent = measureInWords(answer.combiner);
  byId("measure-note").textContent = measureExplained(answer, kind);
  const filters = {
    all: () => true,
    accepted: ({ accepted }) => accepted,
    rejected: ({ accepted }) => !accepted,
    differing: (candidate) => isDecidedOtherwise(candidate, other),
  };
  for (const [name, keeps] of Object.entries(filters)) {
    const number = answer.candidates.filter(keeps).length;
    byId(`count-${name}`).textContent = String(number);
  }
  byId("filter-differing").hidden = !other;
  const show = () => showRows(shown, filters[chosenFilter(other)], noun);
  byId("filter").onchange = show;
  show();
}

/** The chosen filter; all, if it does not apply. */
function chosenFilter(other) {
  const chosen = byId("filter").querySelector("input:checked").value;
  return chosen === "differing" && !other ? "all" : chosen;
}

/** @param {Shown} shown @param {(candidate: Candidate) => boolean} keeps @param {string} noun */
function showRows(shown, keeps, noun) {
  const { candidates } = shown.answer;
  const rows = candidates.flatMap((candidate, place) =>
    keeps(candidate) ? [row(shown, candidate, place)] : [],
  );
  const empty = candidates.length
    ? `Here are 0 of ${counted(noun, candidates.length)}.`
    : "No system proposed a change.";
  const nothing = element("td", { role: "cell", colspan: 5 }, empty);
  showInParts(
    byId("edits"),
    rows.length ? rows : [element("tr", { role: "row" }, nothing)],
    byId("more-edits"),
  );
}

/** @param {Shown} shown @param {Candidate} candidate @param {number} place */
function row(shown, candidate, place) {
  const { answer, kind, base, competences, other } = shown;
  const { voters, probability, accepted } = candidate;
  const isEdit = isOfEdits(answer, kind);
  const sidesShown = sides(candidate);
  const words = isEdit ? editInWords(...sidesShown) : `“${candidate.replacement}”`;
  const cell = (...children) => element("td", { role: "cell" }, ...children);
  const differs = isDecidedOtherwise(candidate, other) ? " differs" : "";
  return element(
    "tr",
    { role: "row", class: `change${accepted ? " taken" : ""}${differs}`, "data-candidate": place },
    cell(
      pinButton(isEdit ? struckAndAdded(...sidesShown) : [candidate.replacement], words),
      ...typeNote(candidate),
    ),
    cell(voters.join(", "), note(backing(candidate, answer, kind, competences))),
    cell(bar(probability), percent(probability)),
    cell(
      element("span", { class: "outcome" }, outcomeInWords(candidate)),
      note(explanation(candidate, answer.combiner)),
      note(otherwise(candidate, other)),
    ),
    cell(verdictOf(candidate, base, words)),
  );
}

/**
 * A button that shows where a candidate is. Its name is the text on it, so that it can be pressed by
 * voice; in words it is the description.
 * @param {(Node | string)[]} children @param {string} words
 */
function pinButton(children, words) {
  const attributes = { type: "button", class: "edit", dir: "auto", "aria-pressed": "false", title: words };
  return element("button", attributes, ...children);
}

/** @param {Candidate} candidate */
function typeNote({ type }) {
  if (type === "text" || type === "label") return [];
  return [element("small", { class: "note soft", title: type }, typeInWords(type))];
}

/** @param {string} words */
function note(words) {
  return words ? element("small", { class: "note soft" }, words) : "";
}

/** The decision of the other combiner, if it is another one. */
function otherwise(candidate, other) {
  if (!isDecidedOtherwise(candidate, other)) return "";
  return `${other.accepted(candidate) ? "accepted" : "not accepted"} by ${other.name}`;
}

/** Whether the other combiner knows the candidate, and decides otherwise. */
function isDecidedOtherwise(candidate, other) {
  const decision = other?.accepted(candidate) ?? null;
  return decision !== null && decision !== candidate.accepted;
}
