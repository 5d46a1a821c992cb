/** Asking the service. */

import { problemInWords } from "./text.js";

/**
 * The answer to a request, as JSON.
 * @param {string} path
 * @param {RequestInit} [options]
 * @throws {Error} What went wrong, in words for the reader.
 */
export async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The service cannot be reached. Is it still running?", { cause: error });
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw new Error(problemInWords(body, response.status));
}
