/** Highlights a candidate in all places where it is shown, while it is pointed at or pinned. */

/** @param {HTMLElement} result Everything that shows candidates. */
export function highlightIn(result) {
  /** Highlight one candidate, and no other. @param {?string} place */
  function highlight(place) {
    for (const node of result.querySelectorAll("[data-candidate]")) {
      node.classList.toggle("lit", node.dataset.candidate === place);
    }
  }

  /** The candidate whose button is pressed. @returns {?string} */
  function pinned() {
    const pressed = result.querySelector(".edit[aria-pressed=true]");
    return pressed?.closest("[data-candidate]").dataset.candidate ?? null;
  }

  /** The candidate that an event is about. @param {Event} event @returns {?string} */
  function candidateOf(event) {
    return event.target.closest?.("[data-candidate]")?.dataset.candidate ?? pinned();
  }

  for (const kind of ["pointerover", "focusin"]) {
    result.addEventListener(kind, (event) => highlight(candidateOf(event)));
  }
  for (const kind of ["pointerleave", "focusout"]) {
    result.addEventListener(kind, () => highlight(pinned()));
  }
  result.addEventListener("click", ({ target }) => {
    const pressed = target.closest(".edit");
    if (pressed) pin(result, pressed);
  });
}

/** Press the button of an edit, so that it stays highlighted, or release it. */
function pin(result, pressed) {
  const press = pressed.getAttribute("aria-pressed") === "false";
  for (const other of result.querySelectorAll(".edit")) {
    other.setAttribute("aria-pressed", String(press && other === pressed));
  }
}
