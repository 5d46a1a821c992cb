/** Makes DOM nodes. Text of the server or the user never becomes markup. */

/** @type {(id: string) => HTMLElement} */
export const byId = (id) => document.getElementById(id);

/**
 * @param {string} tag
 * @param {Object<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
export function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * A button that does something when it is pressed.
 * @param {string} words
 * @param {() => void} act
 * @param {Object<string, string>} [attributes]
 */
export function button(words, act, attributes = {}) {
  const node = element("button", { type: "button", class: "quiet", ...attributes }, words);
  node.addEventListener("click", act);
  return node;
}

/** @param {string} name @param {...(Node | string | number)} value */
export function pair(name, ...value) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, ...value));
}

/** @param {number} share From 0 to 1. */
export function bar(share) {
  const node = element("span", { class: "bar", "aria-hidden": "true" });
  node.style.setProperty("--share", share.toFixed(4));
  return node;
}

/** Show a text in an element, or hide the element if there is none. @param {HTMLElement} node @param {string} text */
export function tell(node, text) {
  node.textContent = text;
  node.hidden = !text;
}

/**
 * Do `work`, and show the message of its error, if it fails, in the element `problem`.
 * @template T
 * @param {() => Promise<T>} work
 * @param {HTMLElement} [problem]
 * @returns {Promise<T | undefined>}
 */
export async function attempt(work, problem = byId("problem")) {
  try {
    const result = await work();
    tell(problem, "");
    return result;
  } catch (error) {
    tell(problem, error.message);
  }
}

/**
 * Show a list a part at a time: the first rows, and a button for the next ones.
 * @param {HTMLElement} list
 * @param {Node[]} rows
 * @param {HTMLElement} more The button, which is hidden when all are shown.
 */
export function showInParts(list, rows, more, atOnce = 50) {
  list.replaceChildren();
  more.onclick = () => {
    const shown = list.children.length;
    list.append(...rows.slice(shown, shown + atOnce));
    const left = rows.length - list.children.length;
    tell(more, left > 0 ? `Show ${Math.min(left, atOnce)} more of ${left}` : "");
    if (shown) rows[shown].querySelector("button")?.focus();
  };
  more.onclick();
}

/**
 * Call `done` with the result of `work` each time that a form is sent; it cannot be sent meanwhile.
 * @param {HTMLFormElement} form @param {() => Promise<*>} work @param {Element} problem
 * @param {(result: *) => void} done
 */
export function listenToSubmit(form, work, problem, done) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const send = form.querySelector("[type=submit]");
    send.disabled = true;
    const result = await attempt(work, problem);
    send.disabled = false;
    if (result) done(result);
  });
}
