/** The form that registers a trained combiner from its folder, or its two files. */

import { request } from "./api.js";
import { listenToFiles } from "./drop_zone.js";
import { register } from "./register.js";
import { size } from "./text.js";
import { attempt, byId, listenToSubmit, tell } from "./view.js";

/** @type {?{manifest: File, weights: File}} */
let chosen = null;

/**
 * Call `registered` with each version that the form registers.
 * @param {(version: {name: string, version: number}) => void} registered
 */
export function listenToUploads(registered) {
  const filesRead = listenToFiles(byId("upload-files"), (files) => attempt(() => choose(files), byId("upload-problem")));
  listenToSubmit(byId("upload-form"), () => filesRead().then(send), byId("upload-problem"), (version) => {
    byId("upload").open = false;
    registered(version);
  });
}

/** @param {File[]} files */
async function choose(files) {
  chosen = null;
  tell(byId("upload-note"), "");
  const manifest = files.find((file) => file.name === "manifest.json");
  const weights = files.filter((file) => file.name.endsWith(".safetensors"));
  if (!manifest || weights.length !== 1) {
    throw new Error("Needed are manifest.json and one .safetensors file, not packed into an archive.");
  }
  const { combiner_bytes: most } = await request("v1/limits");
  const bytes = manifest.size + weights[0].size;
  if (bytes > most) throw new Error(`The files have ${size(bytes)}; the limit is ${size(most)}.`);
  chosen = { manifest, weights: weights[0] };
  tell(byId("upload-note"), `${manifest.name} and ${weights[0].name}, ${size(bytes)}.`);
}

async function send() {
  if (!chosen) throw new Error("Choose the files of the combiner.");
  return await register(byId("upload-name").value, chosen.manifest, chosen.weights);
}
