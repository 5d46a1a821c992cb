/**
 * What the page says, worked out without touching the page.
 *
 * @typedef {object} Candidate
 * @property {number} offset Where it begins in the source, in Unicode code points.
 * @property {number} length How many code points of the source it replaces.
 * @property {string} original
 * @property {string} replacement
 * @property {string} type
 * @property {string[]} voters
 * @property {number} probability
 * @property {boolean} accepted
 * @property {string} reason
 * @property {boolean} tied
 * @property {?string} note How many change these words, where they do not agree how.
 *
 * @typedef {{status: string, weight: number, milliseconds: ?number, text: ?string,
 *   reason: ?string}} Part
 * @typedef {{text: ?string, candidates: Candidate[], systems: Object<string, Part>,
 *   combiner: {name: string, version: string, signature: string}, degraded: boolean}} Answer
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
 * An edit type in words: `M:PUNCT` is "missing, punctuation". One it does not know stays as it is.
 * @param {string} type
 */
export function typeInWords(type) {
  const [operation, kind] = type.split(":");
  const words = [OPERATIONS[operation], CLASSES[kind]];
  return words.every(Boolean) ? words.join(", ") : type;
}

const REASONS = {
  accepted: "taken",
  "best of those that change this": "taken: the best of several changes",
  "disagrees with a stronger one": "does not go with a stronger one beside it",
};

/**
 * What came of a candidate. A reason it does not know stays as it is.
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
 * A source text cut at its edits: stretches that stay, as strings, and candidates between them.
 *
 * White space that comes or goes with a word is a stretch of its own, so that an edit is shown
 * as the words it is about.
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
 * The white space around what an edit is about; none where white space is all it is about.
 * @param {Candidate} edit
 */
function margins(edit) {
  const [original, replacement] = words(edit);
  const whole = replacement ? edit.replacement : edit.original;
  const at = whole.indexOf(replacement || original);
  return [whole.slice(0, at), whole.slice(at + (replacement || original).length)];
}

/**
 * What an edit is about: both sides without the white space that comes or goes with a word,
 * unless that is all that changes.
 * @param {Candidate} edit
 * @returns {[string, string]}
 */
export function words({ original, replacement }) {
  const bare = [original.trim(), replacement.trim()];
  return bare[0] === bare[1] ? [original, replacement] : bare;
}

/**
 * An edit's two sides for a table, with white space made visible where nothing else differs.
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
 * What came of a request, in one line.
 * @param {Answer} answer
 * @param {number} milliseconds
 */
export function summary({ candidates, systems }, milliseconds) {
  const taken = candidates.filter((candidate) => candidate.accepted).length;
  const answered = Object.values(systems).filter((part) => part.status === "ok").length;
  const edits = count(candidates.length, "edit");
  return `${taken} of ${edits} taken, from ${count(answered, "system")}, in ${duration(milliseconds)}.`;
}

/**
 * What to tell about systems that gave nothing.
 * @param {Object<string, Part>} systems
 */
export function shortfall(systems) {
  const absent = Object.keys(systems).filter((name) => systems[name].status !== "ok");
  return `Degraded: combined without ${new Intl.ListFormat("en").format(absent)}.`;
}

/**
 * A problem document (RFC 9457), or what is left of one, in words.
 * @param {{title: ?string, detail: ?string, errors: ?{pointer: string, detail: string}[]}} problem
 * @param {number} status
 */
export function problemInWords({ title, detail, errors }, status) {
  const faults = errors?.map((fault) => `${fault.pointer.slice(1)} ${fault.detail}`.trim());
  const what = faults?.join("; ") ?? detail ?? "The service gave no reason";
  return `${what} (${[status, title].filter(Boolean).join(" ")})`;
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
