/** The files that were opened in the playground, as segments. */

import { request } from "./api.js";
import { readTexts, segmentsIn } from "./segment_files.js";
import { count, listed } from "./text.js";
import { byId, tell } from "./view.js";

/** @type {?import("./ask.js").Segment[]} */
let opened = null;

/** The segments of the files; null if none are open. */
export function openedSegments() {
  return opened;
}

/** Read files in the page, and tell their content, or why they cannot be read. @param {File[]} files */
export async function openFiles(files) {
  opened = null;
  byId("files-note").textContent = "";
  try {
    const limits = await request("v1/limits");
    const given = segmentsIn(await readTexts(files, limits.body_bytes));
    checkCount(given.segments.length, limits.batch_segments);
    opened = given.segments;
    byId("files-note").textContent = inWords(given);
    tell(byId("files-problem"), "");
  } catch (error) {
    tell(byId("files-problem"), error.message);
  }
}

/** @param {number} number @param {number} most */
function checkCount(number, most) {
  if (number <= most) return;
  throw new Error(`There are ${number} segments; the limit is ${most}. A job takes more.`);
}

/** @param {import("./segment_files.js").Given} given */
function inWords({ segments, names, empty }) {
  const outputs = names.length ? `outputs of ${listed(names)}` : "to ask the systems about";
  const left = empty ? `; ${count(empty, "empty segment")} left out` : "";
  return `${count(segments.length, "segment")}, ${outputs}${left}.`;
}
