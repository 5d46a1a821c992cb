/** Shows texts with their changes, or with their differences from each other, as DOM nodes. */

import { pieces, words } from "./edits.js";
import { element } from "./view.js";

/** @typedef {import("./text.js").Candidate} Candidate */

/** Longer texts are not compared: the time is the product of their numbers of words. */
const MOST_WORDS = 2000;

/**
 * A source with marked edits; `marks` selects the candidates to mark.
 * @param {string} source
 * @param {Candidate[]} candidates
 * @param {(candidate: Candidate) => boolean} marks
 * @returns {(Node | string)[]}
 */
export function markedText(source, candidates, marks) {
  const places = new Map(candidates.map((candidate, place) => [candidate, place]));
  return pieces(source, candidates.filter(marks)).map((piece) =>
    typeof piece === "string" ? piece : change(piece, places.get(piece)),
  );
}

/** @param {Candidate} edit @param {number} place */
function change(edit, place) {
  const attributes = { class: edit.accepted ? "change taken" : "change", "data-candidate": place };
  return element("span", attributes, ...struckAndAdded(...words(edit)));
}

/** @param {string} original @param {string} replacement */
export function struckAndAdded(original, replacement) {
  const struck = element("del", {}, original);
  const added = element("ins", {}, replacement);
  if (original && replacement) return [struck, element("wbr", {}), added];
  return [original ? struck : added];
}

/**
 * A text in which the words that another text does not have at their place are marked.
 * @param {string} text
 * @param {string} other
 * @returns {(Node | string)[]}
 */
export function differingText(text, other) {
  const parts = text.split(/(\s+)/u).filter(Boolean);
  const [own, theirs] = [parts.filter(isWord), other.split(/\s+/u).filter(Boolean)];
  if (own.length > MOST_WORDS || theirs.length > MOST_WORDS) return [text];
  const common = commonWords(own, theirs);
  let place = 0;
  return parts.map((part) => {
    if (!isWord(part) || common[place++]) return part;
    return element("mark", {}, part);
  });
}

/** @param {string} part */
function isWord(part) {
  return /\S/u.test(part);
}

/**
 * Whether each word is in the longest common subsequence of both lists.
 * @param {string[]} own
 * @param {string[]} theirs
 * @returns {boolean[]}
 */
function commonWords(own, theirs) {
  const width = theirs.length + 1;
  const longest = new Uint16Array((own.length + 1) * width);
  for (let i = own.length - 1; i >= 0; i--) {
    for (let j = theirs.length - 1; j >= 0; j--) {
      const [below, beside] = [longest[(i + 1) * width + j], longest[i * width + j + 1]];
      const both = longest[(i + 1) * width + j + 1] + 1;
      longest[i * width + j] = own[i] === theirs[j] ? both : Math.max(below, beside);
    }
  }
  const common = own.map(() => false);
  for (let i = 0, j = 0; i < own.length && j < theirs.length;) {
    if (own[i] === theirs[j]) [common[i++], j] = [true, j + 1];
    else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i++;
    else j++;
  }
  return common;
}
