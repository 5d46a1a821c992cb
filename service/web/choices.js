/** What the service offers to choose from: its systems and their state, and its combiners. */

import { request } from "./api.js";
import { byId, element } from "./view.js";

const POLL_MS = 1500;
const FEWEST = 2;

/** @type {Object<string, string[]>} The kinds that each combiner combines, by name. */
let kinds = {};

/** @type {Set<string>} */
let registered = new Set();

/** @type {import("./reasons.js").Competences} */
let competences = {};

/** The types of edit on which the systems vote. */
export function knownCompetences() {
  return competences;
}

/** Show the states of the systems; repeat while one is starting. */
export async function showRoster() {
  try {
    const systems = await request("v1/systems");
    systems.forEach(showState);
    competences = Object.fromEntries(systems.map(({ name, competence }) => [name, competence]));
    if (systems.some(({ state }) => state === "starting")) setTimeout(showRoster, POLL_MS);
    if (!systems.length) byId("roster-note").textContent = "This service has no systems: paste outputs.";
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

/** A check box for a system, to leave it out. @param {string} name */
function rosterEntry(name) {
  const box = element("input", { type: "checkbox", name: "systems", value: name, checked: "" });
  const state = element("span", { class: "state" });
  return element("label", { "data-name": name }, box, element("span", {}, name), state);
}

/** @returns {HTMLInputElement[]} */
function boxes() {
  return [...byId("roster-list").querySelectorAll("input")];
}

/** The names of the selected systems. */
export function chosenSystems() {
  return boxes()
    .filter((box) => box.checked)
    .map((box) => box.value);
}

/** Whether all systems are selected. */
export function areAllChosen() {
  return boxes().every((box) => box.checked);
}

/** Select systems. @param {?string[]} names Null for all. */
export function chooseSystems(names) {
  for (const box of boxes()) box.checked = names === null || names.includes(box.value);
}

/** Keep at least two systems, or all of a smaller roster. @param {Event} event */
export function keepTwo(event) {
  const short = chosenSystems().length < Math.min(FEWEST, boxes().length);
  if (short) event.target.checked = true;
  byId("roster-note").textContent = short ? "Combining takes at least two systems." : "";
}

/** Learn which combiners there are. */
export async function learnCombiners() {
  const [known, judges] = await Promise.all([request("v1/combiners"), request("v1/judges")]);
  kinds = known.kinds;
  if (!judges.length) delete kinds.judged; // it needs the scores of judges
  registered = new Set(known.registered.map(({ name }) => name));
}

/**
 * Offer the combiners of a kind, with these selected.
 * @param {string} kind
 * @param {string} combiner Empty for the usual one.
 * @param {string} other Empty for none.
 */
export function offerCombiners(kind, combiner, other) {
  fill(byId("how"), kind, combiner, kind === "texts" ? "the usual one (mbr)" : "the usual one (vote)");
  fill(byId("other-how"), kind, other, "nothing");
}

/** @param {HTMLSelectElement} select @param {string} kind @param {string} chosen @param {string} none */
function fill(select, kind, chosen, none) {
  const names = Object.keys(kinds).filter((name) => kinds[name].includes(kind));
  const isRegistered = (name) => registered.has(name.split("@")[0]);
  const groups = [
    ["Built in", names.filter((name) => !isRegistered(name))],
    ["Registered", names.filter(isRegistered)],
    // A link may name one that this service does not have: it says so when it is asked.
    ["Unknown here", chosen && !names.includes(chosen) ? [chosen] : []],
  ];
  select.replaceChildren(element("option", { value: "" }, none));
  for (const [label, members] of groups) {
    if (!members.length) continue;
    const options = members.map((name) => element("option", { value: name }, name));
    select.append(element("optgroup", { label }, ...options));
  }
  select.value = chosen;
}
