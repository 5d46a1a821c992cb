/** Tabs that the arrow keys move between, as in the pattern of WAI-ARIA. */

const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };

/**
 * @param {HTMLElement} list The element with the role `tablist`.
 * @param {(tab: HTMLElement) => void} choose Called with the tab that the user has chosen.
 */
export function listenToTabs(list, choose) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  list.addEventListener("click", ({ target }) => {
    const tab = target.closest("[role=tab]");
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const next = tabs[placeAfter(event.key, tabs.indexOf(event.target), tabs.length)];
    if (!next) return;
    event.preventDefault();
    next.focus();
    choose(next);
  });
}

/** The place of the tab that a key leads to, or -1. */
function placeAfter(key, place, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key];
  return step ? (place + step + count) % count : -1;
}

/** Show which tab is selected; its panel is named after it. @param {HTMLElement} list @param {string} id */
export function selectTab(list, id) {
  for (const tab of list.querySelectorAll("[role=tab]")) {
    const isSelected = tab.id === id;
    tab.setAttribute("aria-selected", String(isSelected));
    tab.tabIndex = isSelected ? 0 : -1;
    if (isSelected) {
      document.getElementById(tab.getAttribute("aria-controls")).setAttribute("aria-labelledby", id);
    }
  }
}
