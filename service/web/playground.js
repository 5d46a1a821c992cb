/** The playground: sends a text to combine, and shows the answer. */

import { request } from "./api.js";
import {
  backboneInWords,
  curl,
  measureInWords,
  shortfall,
  summary,
  textInWords,
} from "./text.js";
import { editRows, element, markedText, partRows, rosterEntry } from "./view.js";

const POLL_MS = 1500;

/** @type {(id: string) => HTMLElement} */
const byId = (id) => document.getElementById(id);

const form = byId("form");
const source = byId("source");
const result = byId("result");

/** @type {?AbortController} */
let asking = null;

/** Show the states of the systems; repeat while one is starting. */
async function showRoster() {
  try {
    const systems = await request("v1/systems");
    systems.forEach(showState);
    if (systems.some(({ state }) => state === "starting")) setTimeout(showRoster, POLL_MS);
  } catch (error) {
    byId("roster-note").textContent = error.message;
  }
}

/** @param {{name: string, state: string, reason: ?string}} system */
function showState({ name, state, reason }) {
  const list = byId("roster-list");
  let entry = [...list.children].find((child) => child.dataset.name === name);
  if (!entry) list.append((entry = rosterEntry(name)));
  entry.dataset.state = state;
  entry.querySelector(".state").textContent = reason ? `${state}: ${reason}` : state;
}

/** The names of the selected systems. */
function chosen() {
  return new FormData(form).getAll("systems");
}

/** Keep at least two systems, or all of a smaller roster. @param {Event} event */
function keepTwo(event) {
  const least = Math.min(2, byId("roster-list").children.length);
  const short = chosen().length < least;
  if (short) event.target.checked = true;
  byId("roster-note").textContent = short ? "Combining takes at least two systems." : "";
}

/** Send the text, and show the answer or the problem; a newer request replaces an older one. */
async function combine() {
  asking?.abort();
  const mine = (asking = new AbortController());
  const combiner = byId("how").value;
  const body = { source: source.value, systems: chosen(), ...(combiner && { combiner }) };
  const began = performance.now();
  form.toggleAttribute("data-busy", true);
  announce("Combining…");
  try {
    const answer = await request("v1/combine", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: mine.signal,
    });
    showAnswer(body, answer);
    announce(summary(answer, performance.now() - began));
  } catch (error) {
    if (error.name !== "AbortError") showProblem(error.message);
  } finally {
    if (asking === mine) form.toggleAttribute("data-busy", false);
  }
  showRoster();
}

/** @param {string} message */
function announce(message) {
  byId("problem").hidden = true;
  byId("status").textContent = message;
}

/** @param {string} message */
function showProblem(message) {
  announce("");
  result.hidden = true;
  byId("problem").textContent = message;
  byId("problem").hidden = false;
  byId("problem").scrollIntoView({ block: "nearest" });
}

/**
 * @param {{source: string, systems: string[]}} body
 * @param {import("./text.js").Answer} answer
 */
function showAnswer(body, answer) {
  const { backbone, candidates, combiner, systems, text } = answer;
  const base = backbone ?? body.source; // the text that the candidates change
  const isTaken = (candidate) => candidate.accepted;
  const marked = text === null ? [textInWords(text)] : markedText(base, candidates, isTaken);
  byId("marked").replaceChildren(...marked);
  byId("combined").textContent = textInWords(text);
  byId("degraded").textContent = answer.degraded ? shortfall(systems) : "";
  byId("degraded").hidden = !answer.degraded;
  byId("backbone").textContent = backboneInWords(answer);
  byId("backbone").hidden = !byId("backbone").textContent;
  byId("parts").replaceChildren(...partRows(base, answer));
  byId("measure").textContent = measureInWords(combiner);
  byId("edits").replaceChildren(...editRows(candidates));
  byId("signature").replaceChildren("Decided by ", element("code", {}, combiner.signature));
  byId("curl").textContent = curl(new URL("v1/combine", document.baseURI).href, body);
  byId("evidence").textContent = JSON.stringify(answer, null, 2);
  result.hidden = false;
  byId("marked").scrollIntoView({ block: "nearest" });
}

/** Highlight one candidate in all places, and no other. @param {?string} place */
function highlight(place) {
  for (const node of result.querySelectorAll("[data-candidate]")) {
    node.classList.toggle("lit", node.dataset.candidate === place);
  }
}

/** The candidate that an event is about. @param {Event} event @returns {?string} */
function candidateOf(event) {
  return event.target.closest?.("[data-candidate]")?.dataset.candidate ?? pinned();
}

/** The candidate whose button is pressed. @returns {?string} */
function pinned() {
  const button = result.querySelector(".edit[aria-pressed=true]");
  return button?.closest("[data-candidate]").dataset.candidate ?? null;
}

/** Press the button of an edit, so that it stays highlighted, or release it. @param {Element} button */
function pin(button) {
  const press = button.getAttribute("aria-pressed") === "false";
  for (const other of result.querySelectorAll(".edit")) {
    other.setAttribute("aria-pressed", String(press && other === button));
  }
}

/** Copy the text that belongs to a button; if the browser forbids it, select the text. */
async function copy(button) {
  const target = byId(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(target.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(target);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), POLL_MS);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  combine();
});
form.addEventListener("click", ({ target }) => {
  if (!target.classList.contains("example")) return;
  source.value = target.textContent;
  combine();
});
source.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
byId("roster").addEventListener("change", keepTwo);
for (const kind of ["pointerover", "focusin"]) {
  result.addEventListener(kind, (event) => highlight(candidateOf(event)));
}
for (const kind of ["pointerleave", "focusout"]) {
  result.addEventListener(kind, () => highlight(pinned()));
}
result.addEventListener("click", ({ target }) => {
  const edit = target.closest(".edit");
  const button = target.closest("[data-copy]");
  if (edit) pin(edit);
  if (button) copy(button);
});

showRoster();
