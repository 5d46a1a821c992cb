/** Why a candidate was accepted or not, in plain words; functions that do not touch a page. */

import { topicInWords } from "./edits.js";
import { percent } from "./text.js";

/** @typedef {import("./text.js").Answer} Answer */
/** @typedef {import("./text.js").Candidate} Candidate */
/** @typedef {import("./text.js").Kind} Kind */

/**
 * The types of edit on which systems vote, as in /v1/systems; a system without is not listed there.
 * @typedef {Object<string, ?Object<string, ?{precision: number, recall: number}>>} Competences
 */

const OUTCOMES = {
  "best of those that change this": "accepted: the best of several changes",
  "disagrees with a stronger one": "conflicts with a stronger edit beside it",
  "overlaps a stronger one": "overlaps a stronger edit",
};

const EXPLANATIONS = {
  "best of those that change this": "Most systems change these words, so they are very likely wrong.",
  "disagrees with a stronger one": "No system proposed the two together.",
  "overlaps a stronger one": "Both change the same words, so only one of them can be made.",
  "does not fit the words around it": "No output has these words side by side.",
};

const TIED = "The other has as much support: more voters decide, then agreement, then order.";

const LIKENESS =
  "Support is how much a text is like all outputs, and how many systems have its final answer.";

/** Combiners whose systems vote only on the types of edit in their competence. */
const BY_COMPETENCE = ["vote", "learned-vote"];

/**
 * Whether the candidates of an answer are edits, of the source or of a backbone.
 * @param {{backbone: ?string}} answer
 * @param {Kind} kind
 */
export function isOfEdits({ backbone }, kind) {
  return kind === "edits" || typeof backbone === "string";
}

/**
 * The decision on a candidate, in words. An unknown reason is returned unchanged.
 * @param {Candidate} candidate
 */
export function outcomeInWords({ reason, tied }) {
  return (OUTCOMES[reason] ?? reason) + (tied ? " (tied)" : "");
}

/**
 * The reason of a decision, explained; empty where the outcome says it all.
 * @param {Candidate} candidate
 * @param {{calibrated: boolean}} combiner
 */
export function explanation({ reason, tied, type }, { calibrated }) {
  if (tied) return TIED;
  if (reason !== "outvoted") return EXPLANATIONS[reason] ?? "";
  if (type === "text" || type === "label") return "";
  return calibrated ? "It is too improbable." : "It has too little support.";
}

/**
 * How many systems are behind a candidate, in a sentence.
 * @param {Candidate} candidate
 * @param {Answer} answer
 * @param {Kind} kind
 * @param {Competences} competences
 */
export function backing(candidate, answer, kind, competences) {
  const answered = Object.keys(answer.systems).filter((name) => answer.systems[name].status === "ok");
  if (!isOfEdits(answer, kind)) {
    return `${behind(candidate, answered, kind)} ${standing(candidate, answer)}`;
  }
  const isWeighed = BY_COMPETENCE.includes(answer.combiner.name);
  const say = isWeighed ? withSay(candidate, answered, competences) : "";
  return `${disagreement(candidate) || behind(candidate, answered, "edits").slice(0, -1)}${say}.`;
}

/** @param {Candidate} candidate @param {string[]} answered @param {Kind} kind */
function behind({ voters }, answered, kind) {
  const [one, more] = {
    edits: ["proposes it", "propose it"],
    texts: ["has this text", "have this text"],
    labels: ["gives this label", "give this label"],
  }[kind];
  const verb = voters.length === 1 ? one : more;
  return `${voters.length} of ${answered.length} systems ${verb}.`;
}

/** The support of a whole text or label, compared with the best. @param {Candidate} candidate @param {Answer} answer */
function standing({ accepted, probability }, { candidates, combiner }) {
  const measure = measureInWords(combiner);
  const best = Math.max(...candidates.map((other) => other.probability));
  if (accepted) return `${measure} ${percent(probability)}, the highest.`;
  return `${measure} ${percent(probability)}; the best has ${percent(best)}.`;
}

/** That several systems change the same words, each in its own way. @param {Candidate} candidate */
function disagreement({ note, start, end, voters }) {
  const [, changing, all] = note?.match(/^(\d+) of (\d+) change this/) ?? [];
  if (!changing) return "";
  const words = end - start === 1 ? "this word" : "these words";
  return `${changing} of ${all} change ${words}, but not in the same way: ${voters.length} like this`;
}

/** @param {Candidate} candidate @param {string[]} answered @param {Competences} competences */
function withSay({ type, voters }, answered, competences) {
  const speaking = answered.filter((name) => voters.includes(name) || hasSay(competences[name], type));
  if (speaking.length === answered.length) return "";
  const of = `${voters.length} of ${speaking.length}`;
  return `; ${of} ${speaking.length === 1 ? "system" : "systems"} with a say on ${topicInWords(type)}`;
}

/** Whether not proposing an edit of a type is a vote against it. */
function hasSay(competence, type) {
  if (!competence) return true;
  const skill = competence[type];
  return skill === null || (skill !== undefined && skill.recall > 0);
}

/**
 * What the numbers of a combiner measure: without labels, the support among the systems.
 * @param {{calibrated: boolean}} combiner
 */
export function measureInWords({ calibrated }) {
  return calibrated ? "Probability" : "Support";
}

/**
 * The meaning of the numbers, in a sentence.
 * @param {Answer} answer
 * @param {Kind} kind
 */
export function measureExplained({ backbone, combiner }, kind) {
  if (combiner.calibrated) return "Probabilities were fitted to labels.";
  if (kind === "texts" && combiner.name === "mbr") return LIKENESS;
  if (!isOfEdits({ backbone }, kind)) return "";
  if (!BY_COMPETENCE.includes(combiner.name)) return "Support is the share of the systems.";
  return "Support is the share of the weight of the systems with a say on the type of edit.";
}
