/** The form that starts a job: combining or training on files that are read in the page. */

import { request } from "./api.js";
import { listenToFiles } from "./drop_zone.js";
import { readTexts } from "./segment_files.js";
import { count, listed } from "./text.js";
import { attempt, byId, element, listenToSubmit, tell } from "./view.js";

/** Files that usually have the right results. */
const USUAL_LABELS = /^(target\.txt|ref.*\.txt|.*\.m2|scores\.csv)$/iu;

/** @type {Map<string, string>} */
let texts = new Map();

/**
 * Call `started` with each job that the form starts.
 * @param {(job: object) => void} started
 */
export function listenToJobForm(started) {
  const form = byId("job-form");
  const filesRead = listenToFiles(byId("job-files"), (files) => attempt(() => open(files), byId("job-problem")));
  byId("job-kind").addEventListener("change", () => {
    for (const field of form.querySelectorAll("[data-train]")) field.hidden = chosenKind() !== "train";
  });
  listenToSubmit(form, () => filesRead().then(send), byId("job-problem"), (job) => {
    byId("start").open = false;
    byId("started").textContent = `The job ${job.kind} was started.`;
    started(job);
  });
}

/** @returns {"combine" | "train"} */
function chosenKind() {
  return byId("job-kind").querySelector("input:checked").value;
}

/** @param {File[]} files */
async function open(files) {
  texts = new Map();
  tell(byId("job-files-note"), "");
  const { job_bytes: most, job_files: mostFiles } = await request("v1/limits");
  if (files.length > mostFiles)
    throw new Error(`There are ${files.length} files; the limit is ${mostFiles}.`);
  texts = await readTexts(files, most);
  const names = [...texts.keys()];
  tell(byId("job-files-note"), `${count(names.length, "file")}: ${listed(names)}.`);
  byId("job-labels").replaceChildren(...names.map((name) => element("option", {}, name)));
  byId("job-labels").value = names.find((name) => USUAL_LABELS.test(name)) ?? "";
}

/** Submit the job. @returns {Promise<object>} */
async function send() {
  if (!texts.size) throw new Error("Choose the files of the job.");
  const outputs = byId("job-outputs").value;
  const combiner = byId("job-combiner").value.trim();
  const body = {
    kind: chosenKind(),
    files: Object.fromEntries(texts),
    ...(outputs && { outputs }),
    ...(combiner && { combiner }),
    ...(chosenKind() === "train" && labels(byId("job-labels").value)),
  };
  return await request("v1/jobs", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** What a file with the right results is to a job, by its name. @param {string} name */
function labels(name) {
  if (!name) throw new Error("Choose the file that has the right results.");
  if (name.endsWith(".m2")) return { gold: name };
  if (name.endsWith(".csv")) return { scores: name };
  if (!/^ref/iu.test(name)) return { references: [name] };
  return { references: [...texts.keys()].filter((other) => /^ref.*\.txt$/iu.test(other)) };
}
