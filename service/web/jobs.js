/** The page of jobs: the list, live progress, results. */

import { request } from "./api.js";
import { listenToJobForm } from "./job_form.js";
import { registerForm } from "./register.js";
import { attempt, byId, element } from "./view.js";

const LOOK_MS = 4000;

/** Few, because a browser opens six connections to a host, and all tabs share them. */
const MOST_WATCHED = 2;

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {string} kind
 * @property {string} state
 * @property {?{what: string, done: number, of: number}} progress
 * @property {?string} detail
 * @property {boolean} cancel_asked
 * @property {number} created_at
 */

/** @type {Map<string, EventSource>} */
const watched = new Map();

/** @type {?string} */
let older = null;

/** Show the newest jobs, and repeat at intervals. */
async function look() {
  await attempt(async () => {
    const { jobs, next } = await request("v1/jobs");
    if (!byId("jobs").children.length) setOlder(next);
    jobs.toReversed().forEach(show);
    byId("none").hidden = byId("jobs").children.length > 0;
  });
  setTimeout(look, LOOK_MS);
}

/** Show older jobs. */
async function lookBack() {
  const { jobs, next } = await request(`v1/jobs?after=${older}`);
  jobs.forEach((job) => byId("jobs").append(entryOf(job)));
  setOlder(next);
}

/** @param {?string} next */
function setOlder(next) {
  older = next;
  byId("more").hidden = next === null;
}

/** Show the state of a job, and watch it while it runs. @param {Job} job */
function show(job) {
  const shown = byId(`job-${job.id}`);
  if (!shown) byId("jobs").prepend(entryOf(job));
  else if (shown.dataset.job !== JSON.stringify(job)) shown.replaceWith(entryOf(job));
  if (job.state === "running") watch(job.id);
}

/** @param {string} id */
function watch(id) {
  if (watched.has(id) || watched.size >= MOST_WATCHED) return;
  const source = new EventSource(`v1/jobs/${id}/events`);
  watched.set(id, source);
  const end = () => {
    source.close();
    watched.delete(id);
  };
  source.addEventListener("job", (event) => {
    const job = JSON.parse(event.data);
    show(job);
    if (isOver(job)) end();
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) end();
  });
}

/** @param {Job} job */
function isOver({ state }) {
  return ["succeeded", "failed", "cancelled"].includes(state);
}

/** @param {Job} job */
function entryOf(job) {
  const when = new Date(1000 * job.created_at);
  const asked = element("time", { class: "soft", datetime: when.toISOString() }, when.toLocaleString());
  const entry = element(
    "li",
    { class: "job", id: `job-${job.id}`, "data-state": job.state, "data-job": JSON.stringify(job) },
    element("h2", {}, job.kind),
    element("p", {}, element("span", { class: "state" }, stateOf(job)), " ", asked),
    ...progressOf(job),
    ...(job.detail ? [element("p", { class: "failure" }, job.detail)] : []),
    element("div", { class: "actions" }, ...actionsOf(job)),
  );
  if (job.state === "succeeded") attempt(() => addFiles(entry, job.id));
  return entry;
}

/** @param {Job} job */
function stateOf({ state, cancel_asked: isAsked }) {
  return isAsked && state === "running" ? "being cancelled" : state;
}

/** @param {Job} job */
function progressOf({ state, progress }) {
  if (state !== "running") return [];
  if (!progress) return [element("progress", { "aria-label": "Progress" })];
  const { what, done, of } = progress;
  const bar = element("progress", { "aria-label": what, value: done, max: Math.max(of, 1) });
  return [bar, element("p", { class: "soft" }, `${what}: ${done} of ${of}`)];
}

/** @param {Job} job */
function actionsOf(job) {
  const may = { queued: "cancel", running: "cancel", failed: "retry", cancelled: "retry" };
  const action = job.cancel_asked && job.state === "running" ? undefined : may[job.state];
  if (!action) return [];
  const words = { cancel: "Cancel", retry: "Try again" };
  const button = element("button", { type: "button", class: "quiet" }, words[action]);
  button.addEventListener("click", () =>
    attempt(async () => show(await request(`v1/jobs/${job.id}/${action}`, { method: "POST" }))),
  );
  return [button];
}

/** @param {HTMLElement} entry @param {string} id */
async function addFiles(entry, id) {
  const files = await request(`v1/jobs/${id}/files`);
  const links = files.map(({ name, bytes }) => {
    const path = name.split("/").map(encodeURIComponent).join("/");
    const link = element("a", { href: `v1/jobs/${id}/files/${path}`, title: `${bytes} bytes` }, name);
    if (name.endsWith(".html")) link.target = "_blank";
    return link;
  });
  entry.querySelector(".actions").append(...links);
  const form = registerForm(
    id,
    files.map(({ name }) => name),
  );
  if (form) entry.append(form);
}

listenToJobForm((job) => {
  show(job);
  byId("none").hidden = true;
  byId(`job-${job.id}`).scrollIntoView({ block: "nearest" });
});
byId("more").addEventListener("click", () => attempt(lookBack));
look();
