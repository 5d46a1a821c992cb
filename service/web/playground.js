/** The playground: sends what its form has to combine, and shows the outcomes. */

import { beginEntry, keepInAddress, missingInAddress, presentEntry } from "./address.js";
import { ask } from "./ask.js";
import { keepTwo, knownCompetences, learnCombiners, offerCombiners, showRoster } from "./choices.js";
import { listenToCopies } from "./copy.js";
import { listenToFiles } from "./drop_zone.js";
import { EXAMPLES } from "./examples.js";
import { readForm, segmentsOf, showOrigin, shownKind, writeForm } from "./form.js";
import { highlightIn } from "./highlight.js";
import { clearHistory, remember, showHistory } from "./history.js";
import { openedSegments, openFiles } from "./opened_files.js";
import { addOutput } from "./outputs.js";
import { showOutcome } from "./result.js";
import { hideSegments, showSegments } from "./segments.js";
import { decode, emptyState } from "./state.js";
import { listenToTabs } from "./tabs.js";
import { count, duration, summary } from "./text.js";
import { byId, tell } from "./view.js";

const form = byId("form");

/** What each tab had when it was left. @type {Object<string, import("./state.js").State>} */
const drafts = {};

const filesRead = listenToFiles(byId("files"), openFiles);

/** @type {?AbortController} */
let asking = null;

/** Combine what the form has; a newer request replaces an older one. @param {boolean} isNew Whether it is a new entry of the history. */
async function combine(isNew = true) {
  asking?.abort();
  const mine = (asking = new AbortController());
  const began = performance.now();
  form.toggleAttribute("data-busy", true);
  announce("Combining…");
  try {
    const state = readForm();
    if (state.from === "files") await filesRead();
    const [asked, segments] = segmentsOf(state, openedSegments());
    const answered = await ask(asked, segments, knownCompetences(), mine.signal);
    show(answered);
    announce(inWords(answered, performance.now() - began));
    keepInAddress(state, answered, isNew);
    remember(state);
    tell(byId("link-note"), missingInAddress(state));
  } catch (error) {
    if (error.name !== "AbortError") showProblem(error.message);
  } finally {
    if (asking === mine) form.toggleAttribute("data-busy", false);
  }
  showRoster();
}

/** @param {import("./result.js").Outcome[]} answered @param {number} milliseconds */
function inWords(answered, milliseconds) {
  const [{ answers, kind }, ...others] = answered;
  if (!others.length) return summary(answers[0], kind, milliseconds);
  return `${count(answered.length, "segment")} combined, in ${duration(milliseconds)}.`;
}

/** @param {import("./result.js").Outcome[]} answered */
function show(answered) {
  const isOne = answered.length === 1;
  if (isOne) hideSegments();
  (isOne ? showOutcome : showSegments)(isOne ? answered[0] : answered);
  byId(isOne ? "marked" : "segments-title").scrollIntoView({ block: "nearest" });
}

/** Show the state in the address, and its outcome where this page has it, or has asked for it. */
function restore() {
  const { state, outcomes, isAsked } = presentEntry();
  reset(state);
  tell(byId("link-note"), state.isCut ? "This was too long for a link: here is only the beginning." : "");
  if (outcomes) show(outcomes);
  else if (isAsked && state.from !== "files") combine(false);
  else if (state.source || state.outputs.length) announce("This is from a link: press Combine.");
}

/** Show a state without an outcome. @param {import("./state.js").State} state */
function reset(state) {
  asking?.abort();
  writeForm(state);
  hideResult();
  announce("");
  tell(byId("link-note"), "");
}

/** Change to the tab of a kind, with what it had. @param {string} kind */
function changeKind(kind) {
  if (kind === shownKind()) return;
  drafts[shownKind()] = readForm();
  beginEntry(emptyState(kind));
  reset(drafts[kind] ?? emptyState(kind));
}

/** Combine what a state has. @param {import("./state.js").State} state */
function use(state) {
  writeForm(state);
  combine();
}

function hideResult() {
  byId("result").hidden = true;
  hideSegments();
}

/** @param {string} message */
function announce(message) {
  tell(byId("problem"), "");
  byId("status").textContent = message;
}

/** @param {string} message */
function showProblem(message) {
  announce("");
  hideResult();
  tell(byId("problem"), message);
  byId("problem").scrollIntoView({ block: "nearest" });
}

/** Show the systems and combiners that there are, then the state in the address. */
async function begin() {
  await Promise.all([
    showRoster(),
    learnCombiners().catch((error) => (byId("roster-note").textContent = error.message)),
  ]);
  if (location.hash.length > 1) restore();
  else offerCombiners(shownKind(), "", "");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  combine();
});
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
byId("examples").addEventListener("click", ({ target }) => {
  const example = EXAMPLES[shownKind()][target.dataset.example];
  if (example) use({ ...readForm(), ...example });
});
byId("history-list").addEventListener("click", (event) => {
  if (!event.target.hash || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  use(decode(event.target.hash));
});
byId("clear-history").addEventListener("click", clearHistory);
byId("from").addEventListener("change", showOrigin);
byId("roster").addEventListener("change", keepTwo);
byId("add-output").addEventListener("click", addOutput);
listenToTabs(byId("tabs"), (tab) => changeKind(tab.dataset.kind));
highlightIn(byId("result"));
listenToCopies(document.body);
addEventListener("popstate", restore);

writeForm(emptyState("edits"));
showHistory();
begin();
