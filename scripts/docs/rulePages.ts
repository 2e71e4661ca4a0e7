import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { gates } from '../../src/gates/registry.js';
import type { DecayGate } from '../../src/gates/contract.js';
import type { LearningRule } from '../../src/rules/contract.js';
import { rules } from '../../src/rules/registry.js';
import { ruleCost, type Amount } from './ruleCost.js';

/*
 * Writes docs/rules/ from the rules, the gates and the reading in docs/reading/: `npx tsx scripts/docs/rulePages.ts`.
 * A test compares, so that the pages cannot go stale.
 */

const ROOT = new URL('../../', import.meta.url);
const REFERENCE = { K: 32, V: 32 };

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'None.';
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function knobTable({ params }: Pick<LearningRule, 'params'>): string {
  const rows = Object.entries(params).map(([name, spec]) => {
    const values = spec.choices
      ? spec.choices.map((word) => `\`${word}\``).join(', ')
      : spec.range?.join(' to ');
    return [`\`${name}\``, `\`${spec.default}\``, values ?? 'any', spec.unit ?? '', spec.doc];
  });
  return table(['knob', 'default', 'values', 'unit', 'what'], rows);
}

function signalTable({ signals }: LearningRule): string {
  const rows = Object.entries(signals).map(([name, { low, high, initial, meaning }]) => {
    const top = typeof high === 'string' ? `\`${high}\`` : String(high);
    return [`\`${name}\``, `${low} to ${top}`, String(initial), meaning];
  });
  return table(['signal', 'range', 'at first', 'what'], rows);
}

/** `4 K V + 2 V`, biggest first. */
export function amountText(amount: Amount): string {
  const terms = [
    [amount.KV, ' K V'],
    [amount.K, ' K'],
    [amount.V, ' V'],
    [amount.one, ''],
  ] as const;
  const present = terms
    .filter(([count]) => count !== 0)
    .map(([count, of]) => (count === 1 && of !== '' ? of.trim() : `${count}${of}`));
  return present.join(' + ') || '0';
}

function amountAt({ KV, K, V, one }: Amount, sizes: typeof REFERENCE): number {
  return KV * sizes.K * sizes.V + K * sizes.K + V * sizes.V + one;
}

function withReference(amount: Amount): string {
  const { K, V } = REFERENCE;
  return `${amountText(amount)}, that is ${amountAt(amount, REFERENCE).toLocaleString('en-US')} at K = ${K}, V = ${V}`;
}

const NORMALISED = {
  unit: 'unit length',
  scaled: 'divided by the root of its size',
  none: 'as it is',
} as const;

function costRows(rule: LearningRule): string[][] {
  const { step, state, fields } = ruleCost(rule);
  const channel = rule.channelChunk
    ? 'and with a decay per key channel'
    : 'but not with a decay per key channel';
  return [
    ['form', rule.chunk ? `in chunks, ${channel}; token by token when decoding` : 'token by token'],
    ['operations a token and head, token by token', withReference(step)],
    ['state', fields.map(({ name, shape }) => `\`${name}\` [${shape}]`).join(', ')],
    ['bytes of state a head', withReference(state)],
    [
      'vectors',
      Object.entries(rule.normalise)
        .map(([name, kind]) => `${name} ${NORMALISED[kind]}`)
        .join(', '),
    ],
    [
      'bounded while',
      rule.stability
        ? `\`${rule.stability.quantity}\` is at most ${rule.stability.bound}`
        : 'always on a finite text: it adds what it is given and feeds nothing back, so it grows at most with the tokens',
    ],
    ...(rule.onnx ? [['ONNX `LinearAttention` mode', `\`${rule.onnx}\``]] : []),
  ];
}

const NOTICE =
  '<!-- Written by scripts/docs/rulePages.ts from the sources and docs/reading/; change those. -->';

/** The page of a rule. */
export function rulePage(rule: LearningRule, reading: string): string {
  return (
    [
      NOTICE,
      `# \`${rule.name}\`: ${rule.title}`,
      `\`\`\`\n${rule.equation}\n\`\`\``,
      "S is the memory of a head, `[V,K]`; S~ is S after the gate's decay; q, k, v are the query, key and value of a token; the head reads o = S q. All as defined here.",
      '## Signals\n\nLearned from each token by the layer.',
      signalTable(rule),
      `## Knobs\n\n\`--set model.ruleParams.NAME=VALUE\``,
      knobTable(rule),
      '## Cost',
      table(['', ''], costRows(rule)),
      '## Reduces to',
      (rule.reductions ?? []).map((text) => `- ${text}`).join('\n') || 'Nothing simpler.',
      '## Source',
      rule.source,
      '## Reading',
      reading.trim(),
      '[All rules](README.md) · [gates](gates.md) · [a rule of your own](../../examples/README.md)',
    ].join('\n\n') + '\n'
  );
}

function gateSection(gate: DecayGate): string {
  return [
    `## \`${gate.name}\`: ${gate.title}`,
    `\`\`\`\n${gate.equation}\n\`\`\``,
    knobTable(gate),
    gate.source,
  ].join('\n\n');
}

/** The one page of all gates. */
export function gatesPage(all: Readonly<Record<string, DecayGate>>, reading: string): string {
  const knobs = '`--gate NAME`, knobs by `--set model.gateParams.NAME=VALUE`.';
  return (
    [
      NOTICE,
      '# Gates',
      reading.trim(),
      knobs,
      ...Object.values(all).map(gateSection),
      '[All rules](README.md)',
    ].join('\n\n') + '\n'
  );
}

/** The page that leads to the others. */
export function indexPage(all: Readonly<Record<string, LearningRule>>): string {
  const rows = Object.values(all).map((rule) => {
    const { step, state } = ruleCost(rule);
    const link = `[\`${rule.name}\`](${rule.name}.md)`;
    return [link, rule.title, rule.chunk ? 'chunks' : 'steps', amountText(step), amountText(state)];
  });
  return (
    [
      NOTICE,
      '# Rules',
      table(['rule', 'what', 'form', 'operations a token and head, by steps', 'bytes of state a head'], rows),
      'Operations are multiplications, additions and functions of one number, counted in the step with a decay a head; a chunk form does more of them, as matrix products, and is many times faster in training. Decays are on [one page](gates.md).',
      '`pavlov check-rule NAME` holds a rule against what every rule promises; a [rule of your own](../../examples/README.md) is one file.',
    ].join('\n\n') + '\n'
  );
}

/** Every page by its path from the repository root. */
export function pages(): Readonly<Record<string, string>> {
  const reading = (name: string): string => readFileSync(new URL(`docs/reading/${name}.md`, ROOT), 'utf8');
  const rulePages = Object.values(rules).map((rule) => {
    return [`docs/rules/${rule.name}.md`, rulePage(rule, reading(rule.name))] as const;
  });
  return {
    'docs/rules/README.md': indexPage(rules),
    'docs/rules/gates.md': gatesPage(gates, reading('gates')),
    ...Object.fromEntries(rulePages),
  };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(pages())) writeFileSync(new URL(path, ROOT), text);
}
