/** The rows in which outputs are pasted: a name and a text each. */

import { button, byId, element } from "./view.js";

const FEWEST = 2;
const USUAL = 3;
const MOST = 32;

/** @returns {[string, string][]} Names and texts, as far as they are filled in. */
export function pastedOutputs() {
  return [...byId("outputs").children].map((row) => {
    const [name, text] = row.querySelectorAll("input, textarea");
    return [name.value, text.value];
  });
}

/** Show these outputs, and empty rows if they are few. @param {[string, string][]} outputs */
export function showOutputs(outputs) {
  const names = "abcdefghijklmnopqrstuvwxyz";
  const empty = Array.from(names.slice(outputs.length, outputs.length ? 0 : USUAL), (name) => [name, ""]);
  byId("outputs").replaceChildren(...[...outputs, ...empty].map(([name, text]) => row(name, text)));
  count();
}

/** Add an empty row with the first free letter as its name. */
export function addOutput() {
  const taken = pastedOutputs().map(([name]) => name);
  const name = Array.from("abcdefghijklmnopqrstuvwxyz").find((letter) => !taken.includes(letter));
  const added = row(name ?? "", "");
  byId("outputs").append(added);
  count();
  added.querySelector("textarea").focus();
}

/** @param {string} name @param {string} text */
function row(name, text) {
  const named = element("input", { type: "text", maxlength: 64, spellcheck: "false", autocomplete: "off" });
  const output = element("textarea", { rows: 1, dir: "auto", spellcheck: "false" });
  named.value = name;
  output.value = text;
  const item = element("li", { class: "output" }, named, output);
  const remove = () => {
    const beside = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    count();
    beside?.querySelector("textarea").focus();
  };
  item.append(button("✕", remove, { class: "quiet remove" }));
  return item;
}

/** Number the rows, for screen readers, and keep them between the fewest and the most. */
function count() {
  const rows = [...byId("outputs").children];
  rows.forEach((item, place) => {
    const [name, text, remove] = item.children;
    name.setAttribute("aria-label", `Name of output ${place + 1}`);
    text.setAttribute("aria-label", `Text of output ${place + 1}`);
    remove.setAttribute("aria-label", `Remove output ${place + 1}`);
    remove.hidden = rows.length <= FEWEST;
  });
  byId("add-output").hidden = rows.length >= MOST;
}
