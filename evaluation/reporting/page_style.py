"""The style sheet of the page of a report: by day, by night, and on paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --ink: #201f1c; --soft: #625e55; --line: #e4e0d6;
  --shade: #201f1c40;
  --sans: -apple-system, "Segoe UI", Roboto, "Liberation Sans", system-ui, sans-serif;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4",
    "Liberation Serif", Georgia, serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", "Liberation Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #17181b; --ink: #ebe8e1; --soft: #a9a59b; --line: #33353b;
    --shade: #000000b0; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: clamp(1.25rem, 5vw, 3.5rem) clamp(1rem, 5vw, 2.5rem) 4rem;
  max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 0.9375rem/1.55 var(--sans); overflow-wrap: anywhere;
}
h1, h2 { margin: 0; font: 600 1.625rem/1.2 var(--serif); text-wrap: balance; }
h2 { font-size: 1.25rem; }
section { margin-top: clamp(2rem, 5vw, 3rem); }
p { margin: 0.625rem 0 0; max-width: 42rem; }
.lead { margin-top: 1rem; font-size: 1.125rem; }
figure { margin: 1.25rem 0 0; }
/* Wide figures and tables scroll in a frame, so that the text can keep its size; a shadow marks
   the side on which there is more. */
.frame {
  overflow-x: auto; background-repeat: no-repeat;
  background-image:
    linear-gradient(to right, var(--paper) 40%, transparent),
    linear-gradient(to left, var(--paper) 40%, transparent),
    linear-gradient(to right, var(--shade), transparent),
    linear-gradient(to left, var(--shade), transparent);
  background-position: 0 0, 100% 0, 0 0, 100% 0;
  background-size: 2.5rem 100%, 2.5rem 100%, 0.875rem 100%, 0.875rem 100%;
  background-attachment: local, local, scroll, scroll;
}
.frame svg { display: block; overflow: visible; }
.frame text { font-family: var(--sans) !important; font-variant-numeric: tabular-nums; }
figcaption, caption, .signature, .save { color: var(--soft); font-size: 0.8125rem; }
figcaption { margin-top: 0.75rem; max-width: 42rem; }
.save a { display: inline-block; min-height: 1.5rem; color: inherit; }
table {
  margin-top: 1.25rem; border-collapse: collapse; font-variant-numeric: tabular-nums;
}
caption { padding-bottom: 0.5rem; text-align: start; }
th, td {
  overflow-wrap: normal;
  padding: 0.3125rem 1.25rem 0.3125rem 0; border-bottom: 1px solid var(--line);
  font-weight: 400; text-align: start; vertical-align: baseline;
}
th[scope="row"] { min-width: 9rem; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-size: 0.8125rem; }
.number { padding-inline: 0.75rem 0; text-align: end; white-space: nowrap; }
code { font: 0.75rem/1.5 var(--mono); }
footer { margin-top: 3rem; }
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .frame { overflow: visible; background: none; }
  .save { display: none; }
  .frame svg { max-width: 100%; height: auto; }
}
"""
