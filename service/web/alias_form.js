/** The form that moves an alias of a combiner to a version, and the buttons that move it back. */

import { request } from "./api.js";
import { readTexts } from "./segment_files.js";
import { attempt, button, element } from "./view.js";

const CHAMPION = "champion";

/** Numbers the forms of a page, so that their labels have fields of their own. */
let forms = 0;

/**
 * @param {{name: string, versions: {version: number}[], aliases: Object<string, number>}} combiner
 * @param {(message: string) => void} done Called when an alias was moved.
 */
export function aliasForm({ name, versions, aliases }, done) {
  const id = `alias-${++forms}`;
  const path = (alias) => `v1/combiners/${encodeURIComponent(name)}/aliases/${encodeURIComponent(alias)}`;
  const problem = element("p", { class: "notice", role: "alert", hidden: "" });
  const options = versions.toReversed().map(({ version }) => element("option", {}, String(version)));
  const version = element("select", { id: `${id}-version` }, ...options);
  const alias = element("input", { type: "text", id: `${id}-alias`, value: CHAMPION, spellcheck: "false" });
  const evidence = element("input", { type: "file", id: `${id}-evidence`, accept: ".jsonl,.json" });
  const reason = element("input", { type: "text", id: `${id}-reason`, maxlength: 500 });

  const move = async () => {
    const body = {
      version: Number(version.value),
      ...(await grounds(evidence.files[0], reason.value.trim())),
    };
    const headers = { "Content-Type": "application/json" };
    await request(path(alias.value.trim()), { method: "POST", headers, body: JSON.stringify(body) });
    done(`${alias.value.trim()} of ${name} is version ${version.value} now.`);
  };
  const back = async (which) => {
    const { version: now } = await request(`${path(which)}/rollback`, { method: "POST" });
    done(`${which} of ${name} is version ${now} again.`);
  };
  const form = element(
    "form",
    {},
    fields(
      [version, "Version"],
      [alias, "Alias"],
      [evidence, "Evidence"],
      [reason, "Or the reason, without a test"],
    ),
    element(
      "p",
      { class: "soft" },
      "To be champion, a version needs evidence: JSONL with source, outputs and references.",
    ),
    element("button", { type: "submit", class: "quiet" }, "Move the alias"),
    ...Object.keys(aliases).map((which) =>
      button(`Roll back ${which}`, () => attempt(() => back(which), problem)),
    ),
    problem,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(move, problem);
  });
  return element("details", { class: "promote" }, element("summary", {}, "Promote or roll back"), form);
}

/** @param {...[HTMLElement, string]} labelled Fields with their labels. */
function fields(...labelled) {
  const nodes = labelled.flatMap(([field, words]) => [element("label", { for: field.id }, words), field]);
  return element("div", { class: "fields" }, ...nodes);
}

/** What a request says in favour of a move. @param {?File} file @param {string} reason */
async function grounds(file, reason) {
  if (!file) return reason ? { force: { reason } } : {};
  const { body_bytes: most } = await request("v1/limits");
  const text = (await readTexts([file], most)).get(file.name);
  try {
    if (file.name.endsWith(".json")) return { evidence: JSON.parse(text).evidence ?? JSON.parse(text) };
    const lines = text.split("\n").filter((line) => line.trim());
    return { evidence: { segments: lines.map((line) => JSON.parse(line)) } };
  } catch (error) {
    throw new Error(`${file.name} is not JSON: ${error.message}`, { cause: error });
  }
}
