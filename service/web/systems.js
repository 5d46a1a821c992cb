/** The page of systems: state, competence from feedback, and drift. */

import { request } from "./api.js";
import { chart } from "./chart.js";
import { systemFigures } from "./exposition.js";
import { count as counted, duration } from "./text.js";
import { typeInWords } from "./edits.js";
import { bar, byId, element, pair } from "./view.js";

const percent = (share) => `${Math.round(100 * share)}%`;
const count = (number) => String(Math.round(10 * number) / 10);

/** @param {{recent: number, before: number}} drift @param {number} window */
function warning({ recent, before }, window) {
  const words = `It has changed: ${percent(recent)} of its last ${window} judged edits were `;
  return element("p", { class: "notice" }, `${words}accepted, compared with ${percent(before)} before.`);
}

/** @param {object} own The competence of a system for one type of edit. */
function typeRow({ type, judged, competence, weight }) {
  const shown = element("span", { title: type }, typeInWords(type));
  const words = `${percent(competence)}, ${count(judged)} judged, weight × ${weight.toFixed(2)}`;
  const [term, definition] = [element("dt", {}, shown), element("dd", {}, bar(competence), words)];
  return element("div", {}, term, definition);
}

/** Its latency and failures since the service started. @param {?object} figures */
function measured(figures) {
  if (!figures?.asked) return [];
  const { asked, seconds, failed } = figures;
  const without = `${failed} of ${counted(asked, "request")} (${percent(failed / asked)})`;
  return [pair("mean latency", duration((1000 * seconds) / asked)), pair("without an answer", without)];
}

/** The competence that the roster gives it, by type of edit. @param {?object} competence */
function roster(competence) {
  if (!competence) return [];
  const shares = (skill) =>
    skill ? `precision ${percent(skill.precision)}, recall ${percent(skill.recall)}` : "votes";
  const rows = Object.entries(competence).map(([type, skill]) =>
    pair(typeInWords(type), skill ? bar(skill.precision) : "", shares(skill)),
  );
  const list = element("dl", { class: "pairs soft" }, ...rows);
  return [element("details", {}, element("summary", {}, "Competence in the roster"), list)];
}

/**
 * @param {object} own A system of /v1/competence.
 * @param {?object} state The same of /v1/systems, if it is in the roster.
 * @param {object} known All of /v1/competence.
 * @param {?object} measures Its figures in /metrics.
 */
function row(own, state, known, measures) {
  const said = state ? state.state + (state.reason ? `: ${state.reason}` : "") : "not in the roster";
  const about = element("span", { class: "state" }, ` ${said}`);
  const item = element("li", { "data-system": own.system, "data-state": state?.state ?? "" });
  item.append(element("h3", {}, own.system, about));
  if (own.drift?.warning) item.append(warning(own.drift, known.drift_window));
  const reach = `${percent(own.low)} to ${percent(own.high)}`;
  const figures = element("dl", { class: "pairs soft" });
  figures.append(pair("competence", bar(own.competence), `${percent(own.competence)} (${reach})`));
  figures.append(pair("verdicts", count(own.judged)));
  if (state) figures.append(pair("weight", state.weight.toFixed(2)), pair("kind", state.kind));
  figures.append(...measured(measures));
  item.append(figures, ...roster(state?.competence));
  if (own.days.length) {
    item.append(chart(own.days, known.today, `Competence of ${own.system} over time`));
    item.append(element("dl", { class: "pairs soft" }, ...own.types.map(typeRow)));
  }
  return item;
}

/** @param {object} known */
function rules(known) {
  return (
    `The half-life of a verdict is ${known.half_life_days} days. Without verdicts, competence is 50%. ` +
    `In learned-vote, feedback changes the weight of a system by a factor of at most ${known.bound}. ` +
    `At most ${known.votes_per_owner_and_day} votes of one owner count per day. ` +
    `The probability of a false warning is at most ${percent(known.drift_false_alarms)}.`
  );
}

/** Show the page, or the error. */
async function show() {
  try {
    const [states, known] = await Promise.all([request("v1/systems"), request("v1/competence")]);
    const figures = await systemFigures();
    const find = (name) => states.find((state) => state.name === name);
    byId("systems").replaceChildren(
      ...known.systems.map((own) => row(own, find(own.system), known, figures.get(own.system))),
    );
    byId("rules").textContent = rules(known);
    const warned = known.systems.filter(({ drift }) => drift?.warning).length;
    byId("status").textContent = `${known.systems.length} systems, ${warned || "none"} changed`;
  } catch (error) {
    byId("status").textContent = "";
    byId("problem").textContent = error.message;
    byId("problem").hidden = false;
  }
}

show();
