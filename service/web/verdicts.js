/** Sends the reader's verdicts on candidates as feedback, and takes them back. */

import { request } from "./api.js";
import { button, element } from "./view.js";

/** @typedef {import("./text.js").Candidate} Candidate */

/**
 * The verdicts given on this page, by candidate, with the id that is needed to take one back.
 * @type {Map<string, {id: string, accepted: boolean}>}
 */
const given = new Map();

const BUTTONS = [
  { accepted: true, sign: "✓", word: "Right" },
  { accepted: false, sign: "✗", word: "Wrong" },
];

/**
 * Two buttons to accept or reject a candidate, and whether the verdict was recorded.
 * @param {Candidate} candidate
 * @param {string} base The text that it changes.
 * @param {string} label The candidate in words, for screen readers.
 */
export function verdictOf(candidate, base, label) {
  const { start, end, replacement } = candidate;
  const key = JSON.stringify([base, start, end, replacement]);
  const outcome = element("small", { class: "note soft", role: "status" });
  const buttons = BUTTONS.map(({ accepted, sign, word }) =>
    button(sign, () => judge(accepted), {
      class: "quiet verdict",
      title: word,
      "aria-label": `${word}: ${label}`,
    }),
  );
  const show = (message = "") => {
    BUTTONS.forEach(({ accepted }, i) =>
      buttons[i].setAttribute("aria-pressed", String(given.get(key)?.accepted === accepted)),
    );
    outcome.textContent = message;
  };

  /** Record a verdict; the same again takes it back, and the other one replaces it. */
  async function judge(accepted) {
    const isRepeated = given.get(key)?.accepted === accepted;
    buttons.forEach((node) => (node.disabled = true));
    try {
      await takeBack(key);
      if (!isRepeated) given.set(key, { id: await send(candidate, base, accepted), accepted });
      show(isRepeated ? "taken back" : "recorded");
    } catch (error) {
      show(`not recorded: ${error.message}`);
    }
    buttons.forEach((node) => (node.disabled = false));
    buttons[accepted ? 0 : 1].focus();
  }

  show(given.has(key) ? "recorded" : "");
  return element(
    "div",
    { class: "verdicts", role: "group", "aria-label": "Your verdict" },
    ...buttons,
    outcome,
  );
}

/** @param {string} key */
async function takeBack(key) {
  const verdict = given.get(key);
  if (!verdict) return;
  await request(`v1/feedback/${verdict.id}`, { method: "DELETE" });
  given.delete(key);
}

/** @param {Candidate} candidate @param {string} base @param {boolean} accepted */
async function send({ start, end, replacement, type, voters }, base, accepted) {
  const edit = { start, end, replacement, type, voters, accepted };
  const { id } = await request("v1/feedback", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ source: base, edits: [edit] }),
  });
  return id;
}
