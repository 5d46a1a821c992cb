/** Shows the segments of a file as a list, to look at one at a time, and to save. */

import { showOutcome } from "./result.js";
import { count, counted, isPlanned, textInWords } from "./text.js";
import { byId, element, showInParts } from "./view.js";

/** @typedef {import("./result.js").Outcome} Outcome */

/** @type {string[]} The addresses of files to save, which are released with the next list. */
let saved = [];

/** @param {Outcome[]} outcomes */
export function showSegments(outcomes) {
  const rows = outcomes.map((outcome, place) => row(outcome, place));
  byId("segments-title").textContent = count(outcomes.length, "segment");
  showInParts(byId("segments"), rows, byId("more-segments"));
  saved.forEach((address) => URL.revokeObjectURL(address));
  saved = [];
  const answers = outcomes.map((outcome) => outcome.answers[0]);
  const lines = (values) => values.map((value) => `${value}\n`).join("");
  const texts = lines(answers.map(({ text }) => (text ?? "").replace(/[\r\n]+/gu, " ")));
  offer("save-texts", texts, "text/plain");
  offer("save-evidence", lines(answers.map((answer) => JSON.stringify(answer))), "application/x-ndjson");
  byId("segments-section").hidden = false;
  if (outcomes.length) choose(outcomes[0], rows[0]);
}

/** Hide the list. */
export function hideSegments() {
  byId("segments-section").hidden = true;
}

/** @param {Outcome} outcome @param {number} place */
function row(outcome, place) {
  const [answer, other] = outcome.answers;
  const accepted = answer.candidates.filter((candidate) => candidate.accepted).length;
  const all = counted(answer.backbone ? "edits" : outcome.kind, answer.candidates.length);
  const facts = [
    `${accepted} of ${all} accepted`,
    ...(other && other.text !== answer.text ? ["the combiners differ"] : []),
    ...(Object.values(answer.systems).every(isPlanned) ? [] : ["degraded"]),
  ];
  const button = element(
    "button",
    { type: "button", class: "segment", "aria-pressed": "false" },
    element("span", { class: "soft" }, String(place + 1)),
    element("span", { class: "text", dir: "auto" }, textInWords(answer.text)),
    element("span", { class: "soft" }, facts.join(", ")),
  );
  const item = element("li", {}, button);
  button.addEventListener("click", () => {
    choose(outcome, item);
    byId("combined-title").scrollIntoView({ block: "nearest" });
  });
  return item;
}

/** @param {Outcome} outcome @param {HTMLElement} item */
function choose(outcome, item) {
  for (const pressed of byId("segments").querySelectorAll("[aria-pressed=true]")) {
    pressed.setAttribute("aria-pressed", "false");
  }
  item.firstChild.setAttribute("aria-pressed", "true");
  showOutcome(outcome);
}

/** @param {string} id The link that saves the file. @param {string} content @param {string} type */
function offer(id, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  saved.push(address);
  byId(id).href = address;
}
