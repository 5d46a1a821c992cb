/** Shows the result for a segment: of one combiner, or of two side by side. */

import { differingText, markedText } from "./marked.js";
import { partRows } from "./parts.js";
import { isOfEdits } from "./reasons.js";
import { showTable } from "./table.js";
import { backboneInWords, counted, curl, listed, nameOf, shortfall, textInWords } from "./text.js";
import { button, byId, element, tell } from "./view.js";

/** @typedef {import("./text.js").Answer} Answer */
/** @typedef {import("./text.js").Candidate} Candidate */

/**
 * A segment with the answers of one or two combiners, and the requests that they answer.
 * @typedef {object} Outcome
 * @property {import("./text.js").Kind} kind
 * @property {string} source
 * @property {object[]} bodies
 * @property {Answer[]} answers
 * @property {import("./reasons.js").Competences} competences
 */

/**
 * Show an outcome, with the evidence of one of its answers.
 * @param {Outcome} outcome
 * @param {number} [at] The answer whose evidence is shown.
 */
export function showOutcome(outcome, at = 0) {
  const { answers, kind } = outcome;
  byId("sides").replaceChildren(...answers.map((_, side) => sideOf(outcome, side, at)));
  byId("copy").hidden = answers.length > 1;
  byId("changes-label").hidden = answers.length < 2 && !isOfEdits(answers[0], kind);
  tell(byId("difference"), answers.length < 2 ? "" : difference(outcome));
  showEvidence(outcome, at);
  byId("result").hidden = false;
}

/** The text of one combiner, with and without its changes. */
function sideOf(outcome, side, at) {
  const answer = outcome.answers[side];
  const id = side ? "other" : "combined";
  const text = element("p", { class: "text plain", id, dir: "auto" }, textInWords(answer.text));
  const marked = element("p", { class: "text marked", id: side ? "other-marked" : "marked", dir: "auto" });
  marked.append(...markedSide(outcome, side));
  const tools = outcome.answers.length > 1 ? [sideTools(outcome, side, at, id)] : [];
  return element("div", { class: "side" }, ...tools, marked, text);
}

/** The name of a combiner, and buttons to show its evidence and to copy its text. */
function sideTools(outcome, side, at, id) {
  const show = () => {
    showOutcome(outcome, side);
    byId("sides").querySelectorAll(".whose")[side].focus();
  };
  const attributes = { class: "quiet whose", "aria-pressed": String(side === at) };
  const name = nameOf(outcome.answers[side].combiner);
  return element(
    "div",
    { class: "tools" },
    element("strong", {}, name),
    button("Evidence", show, { ...attributes, "aria-label": `Evidence of ${name}` }),
    element("button", { type: "button", class: "quiet", "data-copy": id }, "Copy"),
  );
}

/** A text with its changes; the parts in which two combiners differ are marked. */
function markedSide({ answers, kind, source }, side) {
  const [answer, other] = [answers[side], answers[1 - side]];
  if (answer.text === null) return [textInWords(null)];
  const base = baseOf(answer, kind, source);
  if (base === null || (other && baseOf(other, kind, source) !== base)) {
    return other ? differingText(answer.text, other.text ?? "") : [answer.text];
  }
  const nodes = markedText(base, answer.candidates, ({ accepted }) => accepted);
  if (other) nodes.forEach((node) => markDiffering(node, answer, decisionsOf(other)));
  return nodes;
}

/** @param {Node | string} node @param {Answer} answer @param {(candidate: Candidate) => ?boolean} decide */
function markDiffering(node, { candidates }, decide) {
  if (typeof node === "string") return;
  const candidate = candidates[node.dataset.candidate];
  node.classList.toggle("differs", decide(candidate) !== candidate.accepted);
}

/** The text that candidates change; null if they are whole texts or labels. */
function baseOf(answer, kind, source) {
  return isOfEdits(answer, kind) ? (answer.backbone ?? source) : null;
}

/** Whether an answer accepts a candidate of another one; null where it does not have it. */
function decisionsOf({ candidates }) {
  const key = ({ start, end, replacement }) => `${start} ${end} ${replacement}`;
  const decisions = new Map(candidates.map((candidate) => [key(candidate), candidate.accepted]));
  return (candidate) => decisions.get(key(candidate)) ?? null;
}

/** How two answers differ, in a sentence. @param {Outcome} outcome */
function difference({ answers: [first, second], kind, source }) {
  const changed = Object.keys(first.systems).filter(
    (name) => first.systems[name].text !== second.systems[name]?.text,
  );
  const unsteady = changed.length
    ? ` ${listed(changed)} answered differently the two times that this page asked.`
    : "";
  const isSame = first.text === second.text;
  if (baseOf(first, kind, source) === null || baseOf(second, kind, source) !== baseOf(first, kind, source)) {
    return `${isSame ? "Both give the same." : "Words that differ are marked."}${unsteady}`;
  }
  const decide = decisionsOf(second);
  const differing = first.candidates.filter((candidate) => decide(candidate) !== candidate.accepted);
  const where = `They decide ${counted("edits", differing.length)} differently.`;
  return `${isSame && !differing.length ? "Both decide alike." : where}${unsteady}`;
}

/** @param {Outcome} outcome @param {number} at */
function showEvidence({ answers, bodies, kind, source, competences }, at) {
  const [answer, other] = [answers[at], answers[1 - at]];
  const base = baseOf(answer, kind, source);
  const isComparable = other && baseOf(other, kind, source) === base;
  tell(byId("degraded"), answer.degraded ? shortfall(answer.systems) : "");
  tell(byId("backbone"), backboneInWords(answer));
  byId("legend").hidden = base === null;
  byId("parts").replaceChildren(...partRows(answer, base));
  showTable({
    answer,
    kind,
    base: base ?? source,
    competences,
    other: isComparable ? { name: nameOf(other.combiner), accepted: decisionsOf(other) } : null,
  });
  byId("decided").textContent = `Decided by ${nameOf(answer.combiner)}`;
  byId("signature").textContent = answer.combiner.signature;
  byId("curl").textContent = curl(new URL("v1/combine", document.baseURI).href, bodies[at]);
  byId("evidence").textContent = JSON.stringify(answer, null, 2);
}
