import { createHash } from 'node:crypto';
import { page, trusted, type Content, type Markup } from './markup.js';
import { GROUND, SERIES_COLOURS } from './plots/palette.js';

function variables({ surface, ink, muted, line }: Record<keyof (typeof GROUND)['light'], string>): string {
  return `--surface:${surface};--ink:${ink};--muted:${muted};--line:${line}`;
}

/** The colours of series, light or dark, by class. */
function seriesClasses(ground: 'light' | 'dark'): string {
  return SERIES_COLOURS.map((colour, i) => `.c${i}{--c:${colour[ground]}}`).join('');
}

/** Style of the whole page: light and dark, from a phone to print. */
const PAGE_STYLE = `
:root{color-scheme:light dark;${variables(GROUND.light)};--link:#224ea5;--soft:#f3f5f7;--good:#00633f;--bad:#9a3412}
${seriesClasses('light')}
@media screen and (prefers-color-scheme:dark){:root{${variables(GROUND.dark)};--link:#8cc8f2;--soft:#1f242a;--good:#5fe0b4;--bad:#ffb088}${seriesClasses('dark')}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:66rem;background:var(--surface);color:var(--ink);font:1rem/1.55 system-ui,sans-serif;overflow-wrap:break-word}
h1{font-size:1.7rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.35rem;margin:2.5rem 0 .5rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1.1rem;margin:1.75rem 0 .5rem}
p{margin:.5rem 0;max-width:46rem}
a{color:var(--link)}
.skip{position:absolute;left:-999rem}
.skip:focus{position:static}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;list-style:none}
.scroll{overflow-x:auto;margin:.75rem 0;position:relative}
.scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:3px solid var(--link);outline-offset:2px}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);padding:.25rem 0}
caption span{display:inline-block;position:sticky;left:0;max-width:min(60rem,calc(100vw - 2rem))}
th,td{padding:.35rem .7rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap;vertical-align:top}
th{font-weight:600}
th:first-child{text-align:left}
th[scope=row],td.text{text-align:left}
td.words{text-align:left;white-space:normal;min-width:16rem}
thead th{background:var(--soft);vertical-align:bottom;white-space:normal}
th[scope=row]{position:sticky;left:0;background:var(--surface);white-space:normal;min-width:8.5rem}
td small{color:var(--muted);font-size:.85em}
.better{color:var(--good);font-weight:600}
.worse{color:var(--bad);font-weight:600}
.none{color:var(--muted)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,31rem),1fr));gap:1rem;margin:1rem 0;align-items:start}
.downloads,.scroll+.downloads{font-size:.8rem;color:var(--muted);margin:.1rem 0 .75rem}
label{font-size:.85rem;color:var(--muted)}
select,input{font:inherit;color:var(--ink);background:var(--surface);border:1px solid var(--line);border-radius:.3rem;padding:.25rem .4rem;max-width:100%}
form{display:flex;flex-wrap:wrap;gap:.5rem 1rem;margin:.5rem 0}
form label{display:grid;gap:.15rem}
thead button{all:unset;cursor:pointer;font-weight:600}
thead button:focus-visible,select:focus-visible,input:focus-visible{outline:3px solid var(--link);outline-offset:2px}
th[aria-sort=ascending] button::after{content:" ↑"}
th[aria-sort=descending] button::after{content:" ↓"}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.25rem;list-style:none;padding:0;margin:.25rem 0;font-size:.9rem}
.key li::before{content:"";display:inline-block;width:.8rem;height:.8rem;border-radius:50%;margin-right:.4rem;background:var(--c)}
.explore figure{max-width:46rem}
.explore svg text{fill:var(--ink);font:14px system-ui,sans-serif}
.explore svg .title{font-weight:600}
.explore svg .grid{stroke:var(--line)}
.series{stroke:var(--c);fill:var(--c);stroke-width:2}
.series polyline{fill:none}
figcaption.downloads{margin:0;padding:.2rem .6rem}
figure{margin:0;border:1px solid var(--line);border-radius:.4rem;overflow:hidden;break-inside:avoid}
figure svg{display:block;width:100%;height:auto}
.legend{padding:.3rem .6rem;margin:1rem 0;font-size:.9rem}
.legend figcaption{font-weight:600}
.legend ul{display:flex;flex-wrap:wrap;gap:.1rem 1.25rem;list-style:none;padding:0;margin:.2rem 0}
.legend li{display:flex;align-items:center;gap:.4rem}
.legend svg{width:30px;height:21px;flex:none}
@media (min-width:48rem) and (min-height:40rem){.legend{position:sticky;top:0;z-index:2;background:var(--surface)}}
.verdicts{padding-left:1.1rem;max-width:52rem}
.verdicts li{margin:.45rem 0}
.warning{border-left:4px solid var(--bad);padding-left:.75rem}
details{margin:.75rem 0}
summary{cursor:pointer;font-weight:600;padding:.4rem 0}
pre{background:var(--soft);padding:.75rem;overflow-x:auto;border-radius:.4rem;white-space:pre-wrap;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
@media (max-width:30rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}h1{font-size:1.4rem}}
@media print{body{max-width:none;padding:0;font-size:10pt}nav,.skip{display:none}.scroll{overflow:visible}.charts{grid-template-columns:1fr 1fr}table{font-size:8pt}th,td{padding:.2rem .35rem;white-space:normal}th[scope=row]{position:static}tr{break-inside:avoid}h2,h3{break-after:avoid}th,td{overflow-wrap:anywhere}details table{font-size:6.5pt}details::details-content{content-visibility:visible;block-size:auto}}
`.trim();

/** The parts of a page. */
interface PageParts {
  readonly title: string;
  readonly header: Markup;
  readonly main: Content;
  readonly footer: Content;
  /** Runs when the page is there; without it, or where scripts are off, the page is as it is written. */
  readonly script?: string;
}

/** A whole HTML page that needs nothing else: no font, no request. */
export function htmlPage({ title, header, main, footer, script }: PageParts): string {
  // Nothing but this script, as it is here, may run.
  const hash = script === undefined ? '' : createHash('sha256').update(script).digest('base64');
  const allowed = script === undefined ? '' : ` script-src 'sha256-${hash}';`;
  return page`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';${allowed} style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(PAGE_STYLE)}</style>
</head>
<body>
<a class="skip" href="#results">Skip to the results</a>
${header}
<main id="results">
${main}
</main>
<footer>
${footer}
</footer>
${script === undefined ? '' : page`<script>${trusted(script)}</script>`}
</body>
</html>
`.markup;
}
