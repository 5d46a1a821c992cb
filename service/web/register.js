/** Registers trained combiners: the two files that a training writes. */

import { request } from "./api.js";
import { attempt, byId, button, element } from "./view.js";

/**
 * Register the next version of a combiner.
 * @param {string} name
 * @param {Blob} manifest
 * @param {Blob} weights
 * @returns {Promise<{name: string, version: number}>}
 */
export async function register(name, manifest, weights) {
  if (!name.trim()) throw new Error("The combiner needs a name.");
  const form = new FormData();
  form.append("manifest", manifest, "manifest.json");
  form.append("weights", weights, "weights.safetensors");
  return await request(`v1/combiners/${encodeURIComponent(name.trim())}`, { method: "POST", body: form });
}

/**
 * A field and a button that register the combiner of a job, or null if the job made none.
 * @param {string} job Its id.
 * @param {string[]} files The names of its result files.
 */
export function registerForm(job, files) {
  const weights = files.find((file) => /^combiner\/[^/]+\.safetensors$/u.test(file));
  if (!weights || !files.includes("combiner/manifest.json")) return null;
  const name = element("input", { type: "text", "aria-label": "Name of the combiner", placeholder: "name" });
  const note = element("span", { class: "soft", role: "status" });
  const send = async () => {
    const [manifest, content] = await Promise.all(
      ["combiner/manifest.json", weights].map((file) => fetched(job, file)),
    );
    const { name: stored, version } = await register(name.value, manifest, content);
    note.replaceChildren(
      `Registered as ${stored}@${version}: `,
      element("a", { href: "combiners" }, "promote it"),
    );
  };
  const act = button("Register the combiner", () => attempt(send, byId("problem")));
  return element("div", { class: "actions" }, name, act, note);
}

/** @param {string} job @param {string} file @returns {Promise<Blob>} */
async function fetched(job, file) {
  const response = await fetch(`v1/jobs/${job}/files/${file}`);
  if (!response.ok) throw new Error(`${file} cannot be fetched (${response.status}).`);
  return await response.blob();
}
