/**
 * The wording of the pages, as functions that do not touch a page.
 *
 * @typedef {object} Candidate
 * @property {number} start Its first token in the source, or in the backbone.
 * @property {number} end The token after its last one; `start` for an insertion.
 * @property {number} offset Its start in the source, or in the backbone, in Unicode code points.
 * @property {number} length The number of code points that it replaces there.
 * @property {string} original
 * @property {string} replacement
 * @property {string} type
 * @property {string[]} voters
 * @property {number} probability
 * @property {boolean} accepted
 * @property {string} reason
 * @property {boolean} tied
 * @property {?string} note The votes on these words, if systems change them in different ways.
 *
 * @typedef {{status: string, weight: number, milliseconds: ?number, text: ?string,
 *   reason: ?string}} Part
 * @typedef {{text: ?string, backbone: ?string, candidates: Candidate[], systems: Object<string, Part>,
 *   combiner: Combiner, degraded: boolean}} Answer
 *
 * @typedef {{name: string, version: string, signature: string, calibrated: boolean}} Combiner
 * @typedef {"edits" | "texts" | "labels"} Kind
 */

/** The names of what candidates are. @type {Object<Kind, [string, string]>} */
const NOUNS = { edits: ["edit", "edits"], texts: ["text", "texts"], labels: ["label", "labels"] };

/** @param {Kind} kind @param {number} number */
export function counted(kind, number) {
  return `${number} ${NOUNS[kind][Number(number !== 1)]}`;
}

/** @param {number} number @param {string} noun */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** @param {string[]} names */
export function listed(names) {
  return new Intl.ListFormat("en").format(names);
}

/** @param {number} share From 0 to 1. */
export function percent(share) {
  return `${Math.round(100 * share)}%`;
}

/** The combined text, or a message if there is none. @param {?string} text */
export function textInWords(text) {
  return text ?? "No system gave an answer.";
}

/** The combiner of an answer, by the name that a request has. @param {Combiner} combiner */
export function nameOf({ name, version }) {
  return /^[0-9]+$/.test(version) ? `${name}@${version}` : name;
}

/**
 * The result of a request, in one line.
 * @param {Answer} answer
 * @param {Kind} kind
 * @param {number} milliseconds
 */
export function summary({ backbone, candidates, systems }, kind, milliseconds) {
  const accepted = candidates.filter((candidate) => candidate.accepted).length;
  const answered = Object.values(systems).filter((part) => part.status === "ok").length;
  const all = counted(backbone ? "edits" : kind, candidates.length);
  const from = `from ${count(answered, "system")}, in ${duration(milliseconds)}.`;
  return `${accepted} of ${all} accepted, ${from}`;
}

/**
 * Whether a system did not fail: it answered, or its answer was not needed.
 * @param {{status: string}} part
 */
export function isPlanned({ status }) {
  return status === "ok" || status === "late" || status === "not asked";
}

/**
 * A message about systems that gave no answer.
 * @param {Object<string, Part>} systems
 */
export function shortfall(systems) {
  const absent = Object.keys(systems).filter((name) => !isPlanned(systems[name]));
  return `Degraded: combined without ${listed(absent)}.`;
}

/**
 * The output that the changes of a fused text are about: that of the systems without any change.
 * @param {Answer} answer
 */
export function backboneInWords({ backbone, candidates, systems }) {
  if (backbone === null || backbone === undefined) return "";
  const changing = new Set(candidates.flatMap(({ voters }) => voters));
  const names = Object.keys(systems).filter((name) => systems[name].status === "ok" && !changing.has(name));
  const whose = names.length ? ` of ${listed(names)}` : "";
  return `Changes are to the output${whose}.`;
}

/**
 * A problem document (RFC 9457), complete or not, in words.
 * @param {{title: ?string, detail: ?string, errors: ?{pointer: string, detail: string}[]}} problem
 * @param {number} status
 */
export function problemInWords({ title, detail, errors }, status) {
  const faults = errors?.map((fault) => `${fault.pointer.slice(1)} ${fault.detail}`.trim());
  const message = faults?.join("; ") ?? detail ?? "The service gave no reason";
  return `${message} (${[status, title].filter(Boolean).join(" ")})`;
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${kibibytes.toFixed(0)} KiB` : `${(kibibytes / 1024).toFixed(1)} MiB`;
}

/**
 * The shell command that makes the same request.
 * @param {string} url
 * @param {object} body
 */
export function curl(url, body) {
  const quoted = JSON.stringify(body).replaceAll("'", "'\\''");
  return `curl ${url} \\\n  -H 'Content-Type: application/json' \\\n  -d '${quoted}'`;
}
