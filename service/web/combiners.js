/** The page of combiners: versions, aliases and their history, agreement of shadows. */

import { aliasForm } from "./alias_form.js";
import { request } from "./api.js";
import { count } from "./text.js";
import { listenToUploads } from "./upload_form.js";
import { bar, byId, element, pair, tell } from "./view.js";

const share = (part, whole) => (whole ? part / whole : 0);
const percent = (part) => `${(100 * part).toFixed(1)}%`;
const moment = (seconds) => new Date(1000 * seconds).toISOString().slice(0, 16).replace("T", " ");
const signed = (number) => (number < 0 ? "−" : "+") + Math.abs(number).toFixed(2);

/** @param {object} version */
function versionRow({ version, created_at, signature, loaded, calibrated, aliases }) {
  const names = aliases.map((alias) => element("span", { class: "alias" }, alias));
  const figures = [pair("uploaded", moment(created_at)), pair("loaded", loaded ? "yes" : "no")];
  if (loaded) figures.push(pair("gives", calibrated ? "probabilities" : "support"));
  return element(
    "li",
    { "data-version": version },
    element("h3", {}, `Version ${version}`, ...names),
    element("dl", { class: "pairs soft" }, ...figures),
    element("p", { class: "soft" }, element("code", {}, signature)),
  );
}

/** The reason for moving an alias, in words. @param {object} evidence */
function why(evidence) {
  if (evidence.how === "forced") return `forced: ${evidence.reason}`;
  if (evidence.how !== "tested") return evidence.how;
  const { against, policy, statistic, delta, low, high, p, n } = evidence;
  const range = `[${signed(low)}, ${signed(high)}]`;
  const test = `${statistic} ${signed(delta)} ${range}, p = ${p.toFixed(3)}, ${n} segments`;
  return `compared with ${against} (${policy}): ${test}`;
}

/** @param {object} move */
function moveRow({ alias, version, set_at, set_by, evidence }) {
  const where = version ? `${alias} → version ${version}` : `${alias} → none`;
  const by = set_by ? ` by ${set_by}` : "";
  const about = element("p", { class: "soft" }, `${moment(set_at)}${by}. ${why(evidence)}`);
  return element("li", {}, element("p", {}, where), about);
}

/** @param {object} seen */
function shadowRow({ champion, shadow, compared, same_text, candidates, same_candidates }) {
  const [texts, choices] = [share(same_text, compared), share(same_candidates, candidates)];
  const figures = element(
    "dl",
    { class: "pairs soft" },
    pair("compared", compared),
    pair("same text", bar(texts), percent(texts)),
    pair("same decision", bar(choices), percent(choices)),
  );
  return element("li", {}, element("p", {}, `${shadow}, compared with the champion ${champion}`), figures);
}

/** @param {string} title @param {Node[]} rows */
function part(title, rows) {
  if (!rows.length) return [];
  return [element("h3", { class: "title" }, title), element("ol", { class: "rows" }, ...rows)];
}

/** @param {object} combiner */
function section(combiner) {
  const { name, kind, versions, history, shadows } = combiner;
  return element(
    "section",
    { "data-combiner": name },
    element("header", {}, element("h2", {}, name), element("span", { class: "soft" }, kind)),
    element("ol", { class: "rows" }, ...versions.toReversed().map(versionRow)),
    aliasForm(combiner, show),
    ...part("Shadows", shadows.map(shadowRow)),
    ...part("History", history.map(moveRow)),
  );
}

/** Show the page, or the error. @param {string} [news] What has changed. */
async function show(news = "") {
  try {
    const { builtin, registered } = await request("v1/combiners");
    const paths = registered.map(({ name }) => `v1/combiners/${encodeURIComponent(name)}`);
    const states = await Promise.all(paths.map((path) => request(path)));
    byId("combiners").replaceChildren(...states.map(section));
    byId("builtin").textContent = `Built in: ${builtin.join(", ")}.`;
    byId("known-names").replaceChildren(...registered.map(({ name }) => element("option", { value: name })));
    const number = registered.length ? count(registered.length, "combiner") : "No combiners";
    byId("status").textContent = `${number} registered. ${news}`.trim();
  } catch (error) {
    byId("status").textContent = "";
    tell(byId("problem"), error.message);
  }
}

listenToUploads(({ name, version }) => show(`${name}@${version} is there now.`));
show();
