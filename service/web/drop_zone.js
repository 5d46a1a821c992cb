/** A place to drop files or a folder on, or to choose them. */

/**
 * Call `read` with the files that are dropped on an element, or chosen in the input in it, one time
 * after the other.
 * @param {HTMLElement} zone
 * @param {(files: File[]) => Promise<*>} read
 * @returns {() => Promise<*>} Waits until the files given so far have been read: a form may be sent
 *   before that.
 */
export function listenToFiles(zone, read) {
  let reading = Promise.resolve();
  const take = (files) => {
    reading = reading.catch(() => {}).then(async () => read(await files));
  };
  const input = zone.querySelector("input[type=file]");
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    if (files.length) take(files);
  });
  const mark = (isOver) => zone.toggleAttribute("data-over", isOver);
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  zone.addEventListener("dragleave", () => mark(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    take(droppedFiles(event.dataTransfer));
  });
  return () => reading;
}

/** The files that were dropped, and those in a folder that was. @param {DataTransfer} transfer */
async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const lists = await Promise.all(entries.map(filesOf));
  return lists.flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} Of a folder, those directly in it. */
async function filesOf(entry) {
  const fileOf = (file) => new Promise((resolve, reject) => file.file(resolve, reject));
  if (entry.isFile) return [await fileOf(entry)];
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return Promise.all(files.map(fileOf));
    files.push(...part.filter((other) => other.isFile && !other.name.startsWith(".")));
  }
}
