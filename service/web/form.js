/** The form of the playground: what it shows is a `State`, and it becomes one when it is sent. */

import { outputsOf } from "./ask.js";
import { areAllChosen, chooseSystems, chosenSystems, knownCompetences, offerCombiners } from "./choices.js";
import { EXAMPLES } from "./examples.js";
import { pastedOutputs, showOutputs } from "./outputs.js";
import { selectTab } from "./tabs.js";
import { byId, element } from "./view.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./ask.js").Segment} Segment */

const WORDS = {
  edits: {
    title: "Your text",
    hint: "A sentence with a mistake or two",
    about: "Corrections and rewritings: every change of the text is decided by itself.",
  },
  texts: {
    title: "The source",
    hint: "A question, or a text to translate; may be empty",
    about: "Translations, summaries, answers, transcripts: the best text, or one of the parts of several.",
  },
  labels: {
    title: "The text to label",
    hint: "May be empty",
    about: "Classes and short answers: one label. Class probabilities are pasted as JSON.",
  },
};

/** @type {import("./state.js").State["kind"]} */
let kind = "edits";

/** The kind whose tab is selected. */
export function shownKind() {
  return kind;
}

/** Where the outputs come from. @returns {State["from"]} */
export function origin() {
  return byId("from").querySelector("input:checked").value;
}

/** @returns {State} */
export function readForm() {
  return {
    kind,
    from: origin(),
    source: byId("source").value,
    systems: areAllChosen() ? null : chosenSystems(),
    outputs: pastedOutputs().filter(([, text]) => text.trim()),
    combiner: byId("how").value,
    other: byId("other-how").value,
  };
}

/** @param {State} state */
export function writeForm(state) {
  kind = state.kind;
  const { title, hint, about } = WORDS[kind];
  selectTab(byId("tabs"), `tab-${kind}`);
  byId("source-title").textContent = title;
  byId("source").placeholder = hint;
  byId("about").textContent = about;
  byId("source").value = state.source;
  byId("examples").replaceChildren(element("span", {}, "or try"), ...EXAMPLES[kind].map(exampleButton));
  byId(`from-${state.from}`).checked = true;
  showOutputs(state.outputs);
  chooseSystems(state.systems);
  offerCombiners(kind, state.combiner, state.other);
  showOrigin();
}

/** @param {import("./examples.js").Example} example @param {number} place */
function exampleButton({ source }, place) {
  const attributes = { type: "button", class: "example", "data-example": place, title: source };
  return element("button", attributes, source);
}

/** Show the fields of the chosen origin only. */
export function showOrigin() {
  const from = origin();
  byId("roster").hidden = from !== "systems";
  byId("pasted").hidden = from !== "pasted";
  byId("files").hidden = from !== "files";
  byId("text").hidden = from === "files";
  byId("source").required = from === "systems" || (from === "pasted" && kind === "edits");
}

/**
 * The segments to send, and the state with the systems to ask.
 * @param {State} state
 * @param {?Segment[]} given Those of the files that were opened.
 * @returns {[State, Segment[]]}
 * @throws {Error} Something is missing, with a message for the user.
 */
export function segmentsOf(state, given) {
  const asked = { ...state, systems: chosenSystems() };
  if (state.from === "pasted") {
    return [asked, [{ source: state.source, outputs: outputsOf(state.outputs, kind) }]];
  }
  if (state.from === "files" && !given) throw new Error("Choose the files to combine.");
  const segments = given && state.from === "files" ? given : [{ source: state.source, outputs: null }];
  const asks = segments.some(({ outputs }) => outputs === null);
  if (asks && !Object.keys(knownCompetences()).length) {
    throw new Error("This service has no systems to ask: paste outputs, or open files that have them.");
  }
  return [asked, segments];
}
