import type { Comparison } from '../eval/compare/comparison.js';
import { counted } from '../eval/compare/words.js';
import { page, trusted, type Markup } from './markup.js';
import { DEFAULT_TITLE, type ReportMeta } from './meta.js';
import { PAGE_STYLE } from './style.js';
import { taskSection } from './compare/taskSection.js';

function header(title: string, { cells, constants, tasks }: Comparison): Markup {
  const common = Object.entries(constants).map(([key, value]) => `${key} ${value}`);
  const links = tasks.map(({ task }, i) => page`<li><a href="#task-${i}">${task}</a></li>`);
  return page`<header><h1>${title}</h1><p>${counted(cells.total, 'cell')}: ${cells.done} done, ${cells.diverged} diverged, ${cells.failed} failed.${common.length > 0 ? ` All have ${common.join(', ')}.` : ''}</p><nav aria-label="Contents"><ul>${links}<li><a href="#methods">How to read this</a></li><li><a href="#origin">How it was made</a></li></ul></nav></header>`;
}

function methods({ methods: sentences }: Comparison): Markup {
  const items = sentences.map((sentence) => page`<li>${sentence}</li>`);
  return page`<section aria-labelledby="methods"><h2 id="methods">How to read this</h2><ul class="verdicts">${items}</ul></section>`;
}

function origin({ command, date, versions, machine, notes = [] }: ReportMeta): Markup {
  const facts = [['date', date], ...Object.entries(versions), ...Object.entries(machine)];
  const items = facts.map(([name = '', value = '']) => page`<dt>${name}</dt><dd>${value}</dd>`);
  return page`<section aria-labelledby="origin"><h2 id="origin">How it was made</h2><pre><code>${command}</code></pre><dl>${items}</dl>${notes.map((note) => page`<p>${note}</p>`)}</section>`;
}

/**
 * The comparison as one HTML page that needs nothing else: no script, no font, no request.
 *
 * Readable on a phone, in the dark, in print, by keyboard and by screen reader. Numbers are rounded for readers; the
 * `value` of each `data` element has all digits of results.jsonl.
 */
export function reportHtml(comparison: Comparison, meta: ReportMeta): string {
  const title = meta.title ?? DEFAULT_TITLE;
  const sections = comparison.tasks.map((task, i) => taskSection(task, i, comparison.rows));
  return page`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(PAGE_STYLE)}</style>
</head>
<body>
<a class="skip" href="#results">Skip to the results</a>
${header(title, comparison)}
<main id="results">
${sections}
${methods(comparison)}
</main>
<footer>
${origin(meta)}
</footer>
</body>
</html>
`.markup;
}
