/** Reads files with the outputs of systems in the page: JSONL, CSV, or a TXT for each system. */

import { readCsv } from "./csv.js";
import { count, listed, size } from "./text.js";

/** @typedef {import("./ask.js").Segment} Segment */
/** @typedef {{segments: Segment[], names: string[], empty: number}} Given Segments, systems, left-out segments. */

const FORMS = "JSONL, CSV, TSV or TXT";

/** Files and columns that are not outputs, as in a system folder. */
const ASIDE = /^(target|ref.*|gold.*|judges|id|_.*)$/iu;

/**
 * The texts of files, by name.
 * @param {File[]} files
 * @param {number} most The bytes that all files may have together.
 * @returns {Promise<Map<string, string>>}
 * @throws {Error} They are too large, or one is not text in UTF-8; with its name.
 */
export async function readTexts(files, most) {
  if (!files.length) throw new Error("There is nothing to read: choose files.");
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (bytes > most) throw new Error(`The files have ${size(bytes)}; the limit is ${size(most)}.`);
  const texts = new Map();
  for (const file of files) texts.set(file.name, await textOf(file));
  return texts;
}

/** @param {File} file */
async function textOf(file) {
  const content = await file.arrayBuffer().catch(() => {
    throw new Error(`${file.name} cannot be read. Is it a folder, or was it moved?`);
  });
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(content);
    if (!text.includes("\0")) return text;
  } catch {
    // Not UTF-8: the same message as for other files that are not text.
  }
  throw new Error(`${file.name} is not text in UTF-8.`);
}

/**
 * The segments in files: one JSONL or CSV file, or one TXT file for each system.
 * @param {Map<string, string>} texts By the names of the files.
 * @returns {Given}
 * @throws {Error} With a message that names the file, and the line.
 */
export function segmentsIn(texts) {
  const names = [...texts.keys()];
  const suffixes = new Set(names.map(suffixOf));
  const readers = { jsonl: ofLines, ndjson: ofLines, csv: ofTable, tsv: ofTable };
  const reader = readers[[...suffixes][0]];
  const unknown = names.find((name) => suffixOf(name) !== "txt" && !readers[suffixOf(name)]);
  if (unknown)
    throw new Error(`${unknown} is a kind of file that this page does not read: it reads ${FORMS}.`);
  if (reader && names.length > 1) {
    throw new Error(`There are ${names.length} files: choose one JSONL or CSV file, or only TXT files.`);
  }
  const segments = reader ? reader(names[0], texts.get(names[0])) : ofFolder(texts);
  return sound(segments);
}

/** @param {string} name */
function suffixOf(name) {
  return name.split(".").at(-1).toLowerCase();
}

/** @param {Segment[]} segments @returns {Given} */
function sound(segments) {
  const isEmpty = ({ source }) => source !== null && !source.trim();
  const left = segments.filter((segment) => !isEmpty(segment));
  const names = new Set(left.flatMap(({ outputs }) => Object.keys(outputs ?? {})));
  if (!left.length) throw new Error("There are only empty segments in the files.");
  return { segments: left, names: [...names], empty: segments.length - left.length };
}

/** @param {string} text */
function linesOf(text) {
  return text
    .replace(/^\ufeff/u, "")
    .replace(/\r?\n$/u, "")
    .split(/\r?\n/u);
}

/** One JSON object a line, with `source` and `outputs`. @param {string} name @param {string} text */
function ofLines(name, text) {
  return linesOf(text).flatMap((line, place) => {
    if (!line.trim()) return [];
    const where = `${name}, line ${place + 1}`;
    let value;
    try {
      value = JSON.parse(line);
    } catch {
      throw new Error(`${where} is not JSON.`);
    }
    const { source = null, outputs } = value ?? {};
    if (typeof outputs !== "object" || outputs === null || Array.isArray(outputs)) {
      throw new Error(`${where} has no outputs: a line is {"source": "…", "outputs": {"name": "…"}}.`);
    }
    if (source !== null && typeof source !== "string") throw new Error(`${where}: the source is not a text.`);
    return [{ source, outputs }];
  });
}

/** A column `source`, and one for each system. @param {string} name @param {string} text */
function ofTable(name, text) {
  let table;
  try {
    table = readCsv(text.replace(/^\ufeff/u, ""));
  } catch (error) {
    throw new Error(`${name} ${error.message}.`, { cause: error });
  }
  const { header, rows } = table;
  const at = header.findIndex((column) => /^(source|src|text)$/iu.test(column));
  const systems = header.flatMap((column, place) =>
    place === at || !column || ASIDE.test(column) ? [] : [[column, place]],
  );
  if (systems.length < 2) {
    throw new Error(`${name} has the columns ${listed(header)}: source and at least two systems are needed.`);
  }
  return rows.map((row) => ({
    source: at < 0 ? null : row[at],
    outputs: Object.fromEntries(systems.map(([system, place]) => [system, row[place]])),
  }));
}

/** `source.txt`, and NAME.txt for each system; or one file of sources. @param {Map<string, string>} texts */
function ofFolder(texts) {
  const lines = new Map([...texts].map(([name, text]) => [name.slice(0, -4), linesOf(text)]));
  const names = [...lines.keys()].filter((name) => name !== "source" && !ASIDE.test(name));
  if (texts.size === 1) return [...lines.values()][0].map((source) => ({ source, outputs: null }));
  if (names.length < 2)
    throw new Error("At least two systems are needed: a NAME.txt for each, and source.txt.");
  const [first, ...others] = [...(lines.has("source") ? ["source"] : []), ...names];
  const { length } = lines.get(first);
  const uneven = others.find((name) => lines.get(name).length !== length);
  if (uneven) {
    throw new Error(
      `${uneven}.txt has ${count(lines.get(uneven).length, "line")}, and ${first}.txt has ${count(length, "line")}.`,
    );
  }
  return lines.get(first).map((line, i) => ({
    source: lines.has("source") ? line : null,
    outputs: Object.fromEntries(names.map((name) => [name, lines.get(name)[i]])),
  }));
}
