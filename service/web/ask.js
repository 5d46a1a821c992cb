/** Asks the service to combine: one text, or the segments of a file, by one or two combiners. */

import { request } from "./api.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./result.js").Outcome} Outcome */
/** @typedef {{source: string, outputs: ?Object<string, unknown>}} Segment */

/** Stands for a source that was not given: texts and labels may come without. */
export const NO_SOURCE = "(no source)";

/**
 * The outcome of each segment.
 * @param {State} state
 * @param {Segment[]} segments
 * @param {import("./reasons.js").Competences} competences Of the configured systems.
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome[]>}
 * @throws {Error} With a message for the user.
 */
export async function ask(state, segments, competences, signal) {
  const combiners = [state.combiner, ...(state.other ? [state.other] : [])];
  const bodies = combiners.map((name) => segments.map((segment) => bodyOf(state, segment, name)));
  const answers = await Promise.all(bodies.map((list) => answersTo(list, signal)));
  return segments.map(({ source, outputs }, i) => ({
    kind: state.kind,
    source: source || NO_SOURCE,
    bodies: bodies.map((list) => list[i]),
    answers: answers.map((list) => list[i]),
    competences: outputs ? {} : competences,
  }));
}

/** @param {State} state @param {Segment} segment @param {string} combiner */
function bodyOf({ kind, systems }, { source, outputs }, combiner) {
  return {
    source: source || NO_SOURCE,
    ...(outputs ? { outputs } : { systems }),
    ...(kind !== "edits" && { kind }),
    ...(combiner && { combiner }),
  };
}

/** @param {object[]} bodies @param {AbortSignal} signal */
async function answersTo(bodies, signal) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, signal };
  if (bodies.length > 1) {
    return await request("v1/combine/batch", { ...options, body: JSON.stringify(bodies) });
  }
  return [await request("v1/combine", { ...options, body: JSON.stringify(bodies[0]) })];
}

/**
 * Pasted outputs as a request has them: of labels also the probabilities of classes, as JSON.
 * @param {[string, string][]} outputs
 * @param {string} kind
 * @returns {Object<string, unknown>}
 * @throws {Error} A name is missing or used twice, or there are fewer than two.
 */
export function outputsOf(outputs, kind) {
  const filled = outputs.filter(([, text]) => text.trim());
  if (filled.length < 2) throw new Error("Combining takes at least two outputs: paste another one.");
  const names = filled.map(([name]) => name.trim());
  names.forEach((name, place) => {
    if (!name) throw new Error(`Output ${place + 1} needs a name.`);
    if (names.indexOf(name) < place) throw new Error(`Two outputs have the name ${name}.`);
  });
  return Object.fromEntries(filled.map(([, text], i) => [names[i], kind === "labels" ? label(text) : text]));
}

/** @param {string} text */
function label(text) {
  if (!text.trim().startsWith("{")) return text.trim();
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}
