/**
 * Edits of a text, as functions that do not touch a page: where they stand, and their words.
 *
 * @typedef {import("./text.js").Candidate} Candidate
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

const TOPICS = {
  CASE: "capitals",
  STEM: "endings",
  FUNC: "function words",
  OTHER: "wording",
};

/**
 * An edit type in words: `M:PUNCT` is "missing, punctuation". An unknown type is returned unchanged.
 * @param {string} type
 */
export function typeInWords(type) {
  const [operation, kind] = type.split(":");
  const words = [OPERATIONS[operation], CLASSES[kind]];
  return words.every(Boolean) ? words.join(", ") : type;
}

/**
 * The part of language that a type of edit is about: of `R:FUNC` "function words".
 * @param {string} type
 */
export function topicInWords(type) {
  const kind = type.split(":")[1];
  return TOPICS[kind] ?? CLASSES[kind] ?? type;
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
