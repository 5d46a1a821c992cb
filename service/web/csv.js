/** Reads CSV (RFC 4180) with a header; the separator is a comma, a semicolon or a tab. */

/**
 * @param {string} text
 * @returns {{header: string[], rows: string[][]}} Each row has as many cells as the header.
 * @throws {Error} A quote is not closed, or a row has another number of cells; with its number.
 */
export function readCsv(text) {
  const separator = separatorOf(text);
  const [header = [], ...rows] = [...records(text, separator)].filter((row) => row.some(Boolean));
  rows.forEach((row, place) => {
    if (row.length === header.length) return;
    throw new Error(`row ${place + 2} has ${row.length} cells, and the header has ${header.length}`);
  });
  return { header: header.map((name) => name.trim()), rows };
}

/** The separator that the first line has most of. @param {string} text */
function separatorOf(text) {
  const [first] = text.split(/\r?\n/u, 1);
  const number = (separator) => first.split(separator).length;
  return [",", ";", "\t"].reduce((best, other) => (number(other) > number(best) ? other : best));
}

/** @param {string} text @param {string} separator @returns {Generator<string[]>} */
function* records(text, separator) {
  const cell = new RegExp(`"([^"]*(?:""[^"]*)*)"|([^"${separator}\\r\\n][^${separator}\\r\\n]*|)`, "uy");
  let row = [];
  for (let at = 0; at <= text.length;) {
    cell.lastIndex = at;
    const [whole, quoted, bare] = cell.exec(text);
    if (!whole && text[at] === '"') throw new Error("has a quote that is not closed");
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    at += whole.length;
    const after = text[at];
    if (after !== separator && after !== undefined && !/[\r\n]/u.test(after)) {
      throw new Error("has text after a closing quote");
    }
    if (after === separator) {
      at += 1;
      continue;
    }
    yield row;
    row = [];
    at += text.startsWith("\r\n", at) ? 2 : 1;
    if (at >= text.length) return;
  }
}
