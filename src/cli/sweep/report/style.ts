/** The report's look: light, narrow enough to read, and fit for paper. No file from elsewhere, no font to load. */
export const STYLE = `
:root { color-scheme: light; --ink: #16222c; --soft: #5b6872; --line: #dfe4e8; --paper: #fff; --good: #00734f; --bad: #b03a2e; }
* { box-sizing: border-box; }
body { margin: 0; background: #f5f6f7; color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 36px 40px 60px; background: var(--paper); overflow-wrap: break-word; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 44px 0 4px; letter-spacing: -0.005em; }
h3 { font-size: 15px; margin: 22px 0 2px; }
h4 { font-size: 14px; margin: 14px 0 4px; }
p { margin: 4px 0 10px; max-width: 108ch; }
.soft, figcaption, .lead { color: var(--soft); }
.lead { margin-bottom: 14px; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0 4px; }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: 10px 16px 11px; min-width: 120px; }
.tile b { display: block; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums; font-weight: 650; }
.tile.best { border-color: #9cc4b5; background: #f2f9f6; flex: 1 1 280px; }
.tile span { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
.tile.bad b { color: var(--bad); }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 12.5px; border-bottom: 1.5px solid #b9c2c9; padding: 6px 8px; vertical-align: bottom; }
td { border-bottom: 1px solid var(--line); padding: 4px 8px; }
/* A long name breaks where it must, and no other does. */
td.name { max-width: 24em; }
th.n, td.n { text-align: right; white-space: nowrap; }
td.bar { padding-right: 0; }
td.bar svg { width: 84px; max-width: none; }
tr.first td { background: #f2f9f6; font-weight: 600; }
tr.out td { color: var(--soft); }
.tag { display: inline-block; border-radius: 4px; padding: 0 7px; font-size: 12px; line-height: 19px; background: #eceff1; color: #44515b; white-space: nowrap; }
.tag.diverged, .tag.failed { background: #fbe6e3; color: #9a2a1f; }
.tag.symmetric, .tag.dead, .tag.saturated, .tag.unlearned { background: #fdf0d9; color: #7d5200; }
.tag.learned { background: #e3f3ec; color: #00603f; }
.scroll { overflow-x: auto; }
svg { display: block; max-width: 100%; height: auto; font-family: inherit; }
svg .grid { stroke: #e6eaed; } svg .row { stroke: #f0f2f4; } svg .frame { fill: none; stroke: #cfd6db; }
svg .tick { font-size: 11.5px; fill: #5b6872; } svg .level { font-size: 12.5px; fill: #16222c; }
svg .mean { font-size: 13px; fill: #16222c; } svg .mean.top { font-weight: 700; }
svg .value { font-size: 13.5px; font-weight: 600; } svg .note { font-size: 10px; }
.heats { display: flex; flex-wrap: wrap; gap: 18px 40px; align-items: flex-start; }
figure { margin: 8px 0 0; } figcaption { font-size: 13.5px; margin-bottom: 4px; } figcaption b { color: var(--ink); }
.insides { display: grid; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); gap: 12px 18px; } figure.inside svg { width: 100%; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; align-items: center; font-size: 13.5px; margin: 8px 0; }
.legend .by { color: var(--soft); } .key { display: inline-flex; align-items: center; gap: 7px; overflow-wrap: anywhere; }
.said > div { border-left: 3px solid #e3b9b3; padding: 0 0 1px 14px; margin: 12px 0; } .said.mild > div { border-color: #c9d6df; }
.said p { margin: 0; } .said ul { list-style: none; margin: 2px 0 0; padding: 0; color: var(--soft); font-size: 13.5px; display: flex; flex-wrap: wrap; gap: 0 22px; }
code { font: 12px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
td code { display: block; overflow-wrap: anywhere; user-select: all; }
footer { margin-top: 44px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--soft); font-size: 13px; }
@media (max-width: 1180px) {
  main { padding: 28px 18px 48px; }
  /* The widest table comes to its end at 1,000 pixels: the bar says no more than the figure beside it. */
  th, td { padding: 4px 5px; } table { font-size: 12.5px; } td.bar { width: 0; padding: 0; } td.bar svg { display: none; }
}
@media print {
  @page { size: A4 portrait; margin: 13mm; }
  body { background: none; font-size: 11.5px; } main { max-width: none; padding: 0; }
  h2 { margin-top: 26px; } h2, h3, h4, .lead, .soft, .legend { break-after: avoid; }
  svg, figure, tr, .tile, .keep { break-inside: avoid; } thead { display: table-header-group; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  table { font-size: 10.5px; } th, td { padding: 3px 5px; } code { font-size: 9px; } .scroll { overflow: visible; }
  td.bar svg { width: 44px; }
}
`;
