/**
 * The state of the playground, and its form in the address, after the `#`.
 *
 * @typedef {object} State
 * @property {import("./text.js").Kind} kind
 * @property {"systems" | "pasted" | "files"} from Where the outputs come from.
 * @property {string} source
 * @property {?string[]} systems The systems to ask; null for all.
 * @property {[string, string][]} outputs Names and texts of pasted outputs.
 * @property {string} combiner Empty for the usual one.
 * @property {string} other The combiner to compare with; empty for none.
 * @property {boolean} [isCut] Whether the address does not have all of it.
 */

export const KINDS = ["edits", "texts", "labels"];
const ORIGINS = ["systems", "pasted", "files"];

/** Characters of an address that mail and chat programs do not cut. */
const LONGEST = 6000;
const MOST_OUTPUTS = 32;

/** @param {import("./text.js").Kind} kind @returns {State} */
export function emptyState(kind) {
  const from = kind === "edits" ? "systems" : "pasted";
  return { kind, from, source: "", systems: null, outputs: [], combiner: "", other: "" };
}

/**
 * The part of an address after the `#`. Of a long state it has the outputs only, or the beginning of
 * the source only if they do not fit either, and says so.
 * @param {State} state
 * @returns {string}
 */
export function encode(state) {
  const whole = encoded(state);
  if (whole.length <= LONGEST) return whole;
  const cut = { ...state, outputs: [], isCut: true };
  for (let kept = LONGEST; kept > 0; kept = Math.floor(kept / 2)) {
    const part = encoded({ ...cut, source: Array.from(state.source).slice(0, kept).join("") });
    if (part.length <= LONGEST) return part;
  }
  return encoded({ ...cut, source: "", systems: null });
}

/** @param {State} state */
function encoded({ kind, from, source, systems, outputs, combiner, other, isCut }) {
  const values = {
    kind,
    from,
    text: from === "files" ? "" : source,
    systems: from === "systems" && systems ? JSON.stringify(systems) : "",
    outputs: from === "pasted" && outputs.length ? JSON.stringify(outputs) : "",
    combiner,
    other,
    cut: isCut ? "1" : "",
  };
  const given = Object.entries(values).filter(([, value]) => value);
  return new URLSearchParams(given).toString();
}

/**
 * The state in an address, which may be anything.
 * @param {string} hash With or without the `#`.
 * @returns {State}
 */
export function decode(hash) {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const kind = oneOf(KINDS, values.get("kind"));
  const systems = listIn(values.get("systems")).filter((name) => typeof name === "string");
  const outputs = listIn(values.get("outputs")).filter(isOutput).slice(0, MOST_OUTPUTS);
  return {
    kind,
    from: ORIGINS.includes(values.get("from")) ? values.get("from") : emptyState(kind).from,
    source: values.get("text") ?? "",
    systems: systems.length ? systems : null,
    outputs,
    combiner: values.get("combiner") ?? "",
    other: values.get("other") ?? "",
    isCut: values.has("cut"),
  };
}

/** @template T @param {T[]} choices @param {?string} value @returns {T} The value, or the first choice. */
function oneOf(choices, value) {
  return choices.includes(value) ? value : choices[0];
}

/** @param {?string} json @returns {unknown[]} */
function listIn(json) {
  try {
    const value = JSON.parse(json ?? "[]");
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** @param {unknown} value */
function isOutput(value) {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string");
}
