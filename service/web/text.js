/**
 * The wording of the pages, as functions that do not touch a page.
 *
 * @typedef {object} Candidate
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
 */

const OPERATIONS = { M: "missing", U: "unnecessary", R: "replaced" };

const CLASSES = {
  PUNCT: "punctuation",
  CASE: "capital",
  SPACE: "spacing",
  WO: "word order",
  STEM: "ending",
  SPELL: "spelling",
  FUNC: "function word",
  OTHER: "other",
};

/**
 * What the numbers of a combiner measure: without labels, the support among the systems.
 * @param {Combiner} combiner
 */
export function measureInWords({ calibrated }) {
  return calibrated ? "Probability" : "Support";
}

/**
 * An edit type in words: `M:PUNCT` is "missing, punctuation". An unknown type is returned unchanged.
 * @param {string} type
 */
export function typeInWords(type) {
  const [operation, kind] = type.split(":");
  const words = [OPERATIONS[operation], CLASSES[kind]];
  return words.every(Boolean) ? words.join(", ") : type;
}

const REASONS = {
  "best of those that change this": "accepted: the best of several changes",
  "disagrees with a stronger one": "conflicts with a stronger edit beside it",
  "overlaps a stronger one": "overlaps a stronger edit",
};

/**
 * The decision on a candidate, in words. An unknown reason is returned unchanged.
 * @param {Candidate} candidate
 */
export function outcomeInWords({ reason, tied }) {
  return (REASONS[reason] ?? reason) + (tied ? " (tied)" : "");
}

/** The combined text, or a message if there is none. @param {?string} text */
export function textInWords(text) {
  return text ?? "No system gave an answer.";
}

/**
 * A source text divided at its edits: unchanged parts, as strings, and candidates between them.
 *
 * White space that is inserted or deleted with a word is a separate part, so that an edit is shown
 * as its words.
 * @param {string} source
 * @param {Candidate[]} edits In reading order, not overlapping.
 * @returns {(string | Candidate)[]}
 */
export function pieces(source, edits) {
  const characters = Array.from(source);
  const cut = [];
  let done = 0;
  for (const edit of edits) {
    const [before, after] = margins(edit);
    cut.push(characters.slice(done, edit.offset).join(""), before, edit, after);
    done = edit.offset + edit.length;
  }
  cut.push(characters.slice(done).join(""));
  return cut.filter((piece) => piece !== "");
}

/**
 * The white space around the words of an edit; empty if the edit changes only white space.
 * @param {Candidate} edit
 */
function margins(edit) {
  const [original, replacement] = words(edit);
  const whole = replacement ? edit.replacement : edit.original;
  const at = whole.indexOf(replacement || original);
  return [whole.slice(0, at), whole.slice(at + (replacement || original).length)];
}

/**
 * Both sides of an edit without the white space that is inserted or deleted with a word, unless
 * only white space changes.
 * @param {Candidate} edit
 * @returns {[string, string]}
 */
export function words({ original, replacement }) {
  const bare = [original.trim(), replacement.trim()];
  return bare[0] === bare[1] ? [original, replacement] : bare;
}

/**
 * Both sides of an edit for a table, with visible white space if only white space differs.
 * @param {Candidate} edit
 * @returns {[string, string]}
 */
export function sides(edit) {
  const [original, replacement] = words(edit);
  if (original.trim() !== replacement.trim()) return [original, replacement];
  return [original.replace(/\s/gu, "␣"), replacement.replace(/\s/gu, "␣")];
}

/** @param {string} original @param {string} replacement */
export function editInWords(original, replacement) {
  if (!original) return `insert “${replacement}”`;
  return replacement ? `replace “${original}” by “${replacement}”` : `delete “${original}”`;
}

/**
 * The result of a request, in one line.
 * @param {Answer} answer
 * @param {number} milliseconds
 */
export function summary({ candidates, systems }, milliseconds) {
  const accepted = candidates.filter((candidate) => candidate.accepted).length;
  const answered = Object.values(systems).filter((part) => part.status === "ok").length;
  const edits = count(candidates.length, "edit");
  return `${accepted} of ${edits} accepted, from ${count(answered, "system")}, in ${duration(milliseconds)}.`;
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
  return `Degraded: combined without ${new Intl.ListFormat("en").format(absent)}.`;
}

/**
 * The output that the changes of a fused text are about: that of the systems without any change.
 * @param {Answer} answer
 */
export function backboneInWords({ backbone, candidates, systems }) {
  if (backbone === null || backbone === undefined) return "";
  const changing = new Set(candidates.flatMap(({ voters }) => voters));
  const names = Object.keys(systems).filter(
    (name) => systems[name].status === "ok" && !changing.has(name),
  );
  const whose = names.length ? ` of ${new Intl.ListFormat("en").format(names)}` : "";
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

/** @param {number} number @param {string} noun */
function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
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
