import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { gates } from '../../src/gates/registry.js';
import type { DecayGate } from '../../src/gates/contract.js';
import type { LearningRule, SignalSpec, Stability } from '../../src/rules/contract.js';
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

function parameterTable({ params }: Pick<LearningRule, 'params'>): string {
  const rows = Object.entries(params).map(([name, spec]) => {
    const values = spec.choices
      ? spec.choices.map((word) => `\`${word}\``).join(', ')
      : spec.range?.join(' to ');
    return [`\`${name}\``, `\`${spec.default}\``, values ?? 'any', spec.unit ?? '', spec.doc];
  });
  return table(['parameter', 'default', 'values', 'unit', 'meaning'], rows);
}

const WIDTHS: Readonly<Record<NonNullable<SignalSpec['width']>, string>> = {
  key: 'one per key channel',
  value: 'one per value channel',
  write: 'one per write',
};

const CONSTANT = 'trained, and the same at every token';

function signalTable({ signals }: LearningRule): string {
  const rows = Object.entries(signals).map(([name, spec]) => {
    const { low, high, initial, meaning, width, constant } = spec;
    const top = typeof high === 'string' ? `\`${high}\`` : String(high);
    const facts = [meaning, ...(width ? [WIDTHS[width]] : []), ...(constant === true ? [CONSTANT] : [])];
    return [`\`${name}\``, `${low} to ${top}`, String(initial), facts.join('; ')];
  });
  return table(['signal', 'range', 'initial value', 'meaning'], rows);
}

/** `4 K V + 2 V`, biggest first. */
export function amountText(amount: Amount): string {
  const terms = [
    [amount.KK, ' K^2'],
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

function amountAt({ KK, KV, K, V, one }: Amount, sizes: typeof REFERENCE): number {
  return KK * sizes.K ** 2 + KV * sizes.K * sizes.V + K * sizes.K + V * sizes.V + one;
}

function withReference(amount: Amount): string {
  const { K, V } = REFERENCE;
  return `${amountText(amount)} (${amountAt(amount, REFERENCE).toLocaleString('en-US')} at K = ${K}, V = ${V})`;
}

const NORMALISED = {
  unit: 'unit length',
  scaled: 'divided by the square root of its dimension',
  none: 'not normalised',
} as const;

const inWhichOrder = ({ anyOrder }: Stability): string =>
  anyOrder ? 'for keys in any order' : 'for one key again and again; keys in turns may make the memory grow';

function costRows(rule: LearningRule): string[][] {
  const { step, state, fields } = ruleCost(rule);
  const channel = rule.channelChunk
    ? 'also with a decay per key channel'
    : 'but not with a decay per key channel';
  return [
    ['form', rule.chunk ? `chunked, ${channel}; token by token when decoding` : 'token by token'],
    ['operations per token and head, token by token', withReference(step)],
    ['state', fields.map(({ name, shape }) => `\`${name}\` [${shape}]`).join(', ')],
    ['bytes of state per head', withReference(state)],
    [
      'normalisation',
      Object.entries(rule.normalise)
        .map(([name, kind]) => `${name} ${NORMALISED[kind]}`)
        .join(', '),
    ],
    [
      'stable while',
      rule.stability
        ? `\`${rule.stability.quantity}\` is at most ${rule.stability.bound}, ${inWhichOrder(rule.stability)}`
        : 'always: without feedback the memory grows at most linearly with the number of tokens',
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
      "S is the memory of a head, `[V,K]`; S~ is S after the gate's decay; q, k, v are the query, key and value of a token; the head reads o = S q.",
      '## Signals\n\nComputed by the layer from each token.',
      signalTable(rule),
      `## Parameters\n\nSet by \`--set model.ruleParams.NAME=VALUE\`.`,
      parameterTable(rule),
      '## Cost',
      table(['', ''], costRows(rule)),
      '## Special cases',
      (rule.reductions ?? []).map((text) => `- ${text}`).join('\n') || 'None.',
      '## Source',
      rule.source,
      '## Notes',
      reading.trim(),
      '[All rules](README.md) · [gates](gates.md) · [writing a rule](../../examples/README.md)',
    ].join('\n\n') + '\n'
  );
}

function gateSection(gate: DecayGate): string {
  return [
    `## \`${gate.name}\`: ${gate.title}`,
    `\`\`\`\n${gate.equation}\n\`\`\``,
    parameterTable(gate),
    gate.source,
  ].join('\n\n');
}

/** The one page of all gates. */
export function gatesPage(all: Readonly<Record<string, DecayGate>>, reading: string): string {
  const usage = 'Choose a gate by `--gate NAME`, set its parameters by `--set model.gateParams.NAME=VALUE`.';
  return (
    [
      NOTICE,
      '# Gates',
      reading.trim(),
      usage,
      ...Object.values(all).map(gateSection),
      '[All rules](README.md)',
    ].join('\n\n') + '\n'
  );
}

/** The index of the rules' pages. */
export function indexPage(all: Readonly<Record<string, LearningRule>>): string {
  const rows = Object.values(all).map((rule) => {
    const { step, state } = ruleCost(rule);
    const link = `[\`${rule.name}\`](${rule.name}.md)`;
    return [link, rule.title, rule.chunk ? 'chunked' : 'recurrent', amountText(step), amountText(state)];
  });
  return (
    [
      NOTICE,
      '# Rules',
      table(['rule', 'title', 'form', 'operations per token and head', 'bytes of state per head'], rows),
      'Operations are multiplications, additions and scalar functions, counted in one step with a decay per head. A chunk form does more of them, but as matrix products, and trains many times faster. All [gates](gates.md) share one page; derivations are in [theory](../theory.md).',
      '`pavlov check-rule NAME` checks a rule against the rule contract; [writing a rule](../../examples/README.md) takes one file.',
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
