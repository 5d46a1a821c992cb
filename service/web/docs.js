/** The API: shows the OpenAPI document with Scalar, whose script the page loads before this one. */

/** Languages and their clients that examples are not in. */
const HIDDEN = {
  ...Object.fromEntries(
    [
      ..."c clojure csharp dart fsharp go http java julia kotlin node objc ocaml php powershell".split(" "),
      ..."r ruby rust swift".split(" "),
    ].map((language) => [language, true]),
  ),
  js: ["axios", "jquery", "ofetch", "xhr"],
  python: ["aiohttp", "httpx_async", "httpx_sync", "python3"],
  shell: ["httpie", "wget"],
};

Scalar.createApiReference("#reference", {
  url: "docs/openapi.json",
  servers: [{ url: new URL(".", location.href).href.replace(/\/$/, "") }],
  authentication: { preferredSecurityScheme: "bearer" },
  hideDarkModeToggle: true,
  hideClientButton: true,
  documentDownloadType: "none",
  featuredClients: ["shell/curl", "python/requests", "js/fetch"],
  hiddenClients: HIDDEN,
  orderSchemaPropertiesBy: "preserve",
  // Links to a schema, from before the page had contents.
  redirect: (hash) => hash.replace(/^#?(\w+)$/, "#models/$1"),
  // Nothing that leaves the service or outlives the page.
  agent: { disabled: true },
  mcp: { disabled: true },
  persistAuth: false,
  showDeveloperTools: "never",
  telemetry: false,
  withDefaultFonts: false,
});

/** What controls of the viewer lack for screen readers: selector, attribute, value (null removes it). */
const MENDED = [
  [".cm-content:not([aria-label])", "aria-label", "Code"],
  ["[role=combobox]:not([aria-expanded])", "aria-expanded", "false"],
  ["[role=combobox]:not([aria-controls])", "aria-controls", ""],
  ["button[role=none]", "role", null],
  ["button[aria-label='Copy code'][aria-controls]", "aria-controls", null],
  [".cm-scroller[tabindex='-1']", "tabindex", "0"],
];

new MutationObserver(() => {
  for (const [selector, attribute, value] of MENDED) {
    for (const control of document.querySelectorAll(selector)) {
      if (value === null) control.removeAttribute(attribute);
      else control.setAttribute(attribute, value);
    }
  }
}).observe(document.body, { childList: true, subtree: true });
