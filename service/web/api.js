/** Requests to the service, with the user's key if it needs one. */

import { problemInWords } from "./text.js";
import { element } from "./view.js";

/** @type {?Promise<boolean>} One question per page; all requests that need a key wait for its answer. */
let asking = null;

/**
 * The answer to a request, as JSON.
 * @param {string} path
 * @param {RequestInit} [options]
 * @throws {Error} With a message for the user.
 */
export async function request(path, options) {
  let response = await ask(path, options);
  if (response.status === 401) {
    asking ??= askForKey();
    if (await asking) response = await ask(path, options);
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw new Error(problemInWords(body, response.status));
}

/** @param {string} path @param {RequestInit} [options] */
async function ask(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The service cannot be reached. Is it still running?", { cause: error });
  }
}

/**
 * Ask the user for a key. It is stored in a session cookie that pages of other sites cannot send,
 * because links to files and streams of events cannot have headers.
 * @returns {Promise<boolean>} Whether the user gave a key.
 */
function askForKey() {
  const key = element("input", { type: "password", autocomplete: "off", id: "key" });
  const dialog = element(
    "dialog",
    { "aria-labelledby": "key-label" },
    element(
      "form",
      { method: "dialog" },
      element("label", { for: "key", id: "key-label" }, "This service needs an API key"),
      key,
      element("button", {}, "Use it"),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const secure = location.protocol === "https:" ? "; Secure" : "";
      const folder = location.pathname.replace(/[^/]*$/, "");
      if (key.value) {
        const value = encodeURIComponent(key.value.trim());
        document.cookie = `consort_key=${value}; SameSite=Strict; Path=${folder}${secure}`;
      }
      dialog.remove();
      resolve(key.value !== "");
    });
  });
}
