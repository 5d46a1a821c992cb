/** Buttons that copy the text of an element, which their `data-copy` names. */

import { byId } from "./view.js";

const SHOWN_MS = 1500;

/** @param {HTMLElement} root Everything that has such buttons. */
export function listenToCopies(root) {
  root.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-copy]");
    if (button) copy(button);
  });
}

/** Copy the text; if the browser forbids it, select the text. @param {HTMLButtonElement} button */
async function copy(button) {
  const target = byId(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(target.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(target);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), SHOWN_MS);
}
