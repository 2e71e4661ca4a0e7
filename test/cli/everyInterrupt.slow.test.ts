import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { toyStories } from '../../data/index.js';
import { temporaryFolder } from '../support/folder.js';
import { pavlov } from '../support/pavlov.js';
import { SEED, shareOf } from '../support/share.js';
import { interruptAtRandom, type Long } from './everyInterrupt.js';

const folder = temporaryFolder();
const [text, scores, run, exported] = ['text.txt', 'scores.csv', 'run', 'exported'].map((name) =>
  join(folder, name),
) as [string, string, string, string];

const set = (...settings: readonly string[]): readonly string[] =>
  settings.flatMap((setting) => ['--set', setting]);
const resume = (out: string): readonly string[] => ['resume', out];
const OFTEN = set('train.saveEvery=3', 'train.evalEvery=4', 'train.sampleEvery=5');
const GRID = ['--task', 'induction', ...set('train.samples=1600'), '--jobs', '2', '--rule', 'hebbian,delta'];

const LONG: readonly Long[] = [
  { name: 'data info', args: () => ['data', 'info', text] },
  {
    name: 'data prepare',
    args: (out) => ['data', 'prepare', text, '--vocabulary', '4096', '--out', out],
    appearsWhole: true,
  },
  {
    name: 'train',
    args: (out) => ['train', '--preset', 'smoke', '--data', text, '--steps', '40', ...OFTEN, '--out', out],
    again: resume,
  },
  {
    name: 'train small',
    args: (out) => ['train', '--preset', 'small', '--data', 'toy', '--steps', '1', '--out', out],
    again: resume,
  },
  {
    name: 'train --probes',
    args: (out) => ['train', '--preset', 'smoke', '--steps', '3', '--probes', 'all', '--out', out],
    again: resume,
  },
  {
    name: 'train --from',
    args: (out) => ['train', '--from', run, '--steps', '40', ...OFTEN, '--out', out],
    again: resume,
  },
  { name: 'generate', args: () => ['generate', run, '--tokens', '20000'] },
  { name: 'eval', args: (out) => ['eval', run, '--out', out] },
  { name: 'compare', args: (out) => ['compare', ...GRID, '--seeds', '2', '--out', out] },
  {
    name: 'compare --lr-search',
    args: (out) => ['compare', ...GRID, '--seeds', '1', '--lr-search', '0.001,0.01,0.1', '--out', out],
  },
  {
    name: 'compare --seeds auto',
    args: (out) => ['compare', ...GRID, '--seeds', 'auto', '--max-seeds', '4', '--out', out],
  },
  {
    name: 'compare --task stories',
    args: (out) => [
      ...['compare', '--task', 'stories', '--rule', 'delta', '--seeds', '1', '--data', text],
      ...[...set('train.steps=4', 'train.evalStories=20'), '--out', out],
    ],
  },
  { name: 'recall', args: (out) => ['recall', ...GRID, '--out', out] },
  { name: 'lab conditioning', args: (out) => ['lab', 'conditioning', '--out', out] },
  {
    name: 'lab conditioning --level B',
    args: (out) => [
      ...['lab', 'conditioning', '--level', 'B', '--preset', 'smoke', '--rule', 'delta'],
      ...[...set('train.samples=3200'), '--out', out],
    ],
  },
  { name: 'lab capacity', args: (out) => ['lab', 'capacity', '--rule', 'delta', '--out', out] },
  { name: 'lab depth', args: (out) => ['lab', 'depth', '--out', out] },
  { name: 'lab stability', args: (out) => ['lab', 'stability', '--out', out] },
  { name: 'bench train', args: () => ['bench', 'train', '--preset', 'tiny', '--steps', '3'] },
  { name: 'bench decode', args: () => ['bench', 'decode', '--preset', 'tiny', '--tokens', '3000'] },
  { name: 'bench memory', args: () => ['bench', 'memory', '--preset', 'smoke', '--steps', '200'] },
  ...['onnx', 'transformers.js', 'safetensors', 'fla', 'tfjs'].map((form) => ({
    name: `export ${form}`,
    args: (out: string) => ['export', run, '--to', form, '--out', out],
    appearsWhole: true,
  })),
  {
    name: 'import',
    args: (out) => ['import', exported, '--from', 'fla', '--out', out],
    appearsWhole: true,
  },
  { name: 'verdict', args: (out) => ['verdict', scores, '--out', out] },
  { name: 'doctor', args: () => ['doctor'] },
  { name: 'check-rule', args: () => ['check-rule', 'delta'] },
  { name: 'check-gate', args: () => ['check-gate', 'scalar'] },
  { name: 'check-optimizer', args: () => ['check-optimizer', 'muon'] },
  { name: 'check-task', args: () => ['check-task', 'mqar'] },
  { name: 'check-probe', args: () => ['check-probe', 'memory'] },
];

beforeAll(async () => {
  const { train } = toyStories({ trainStories: 20_000, validationStories: 1 });
  writeFileSync(text, train.join('\n<|endoftext|>\n'));
  const rows = Array.from({ length: 40 }, (_, variant) =>
    Array.from({ length: 20 }, (__, seed) => `v${variant},${seed},t,${Math.sin(variant * 77 + seed)}\n`),
  );
  writeFileSync(scores, `variant,seed,task,score\n${rows.flat().join('')}`);
  const model = ['--rule', 'delta', '--gate', 'scalar', ...set('model.signalBias=false'), '--steps', '3'];
  for (const args of [
    ['train', '--preset', 'smoke', ...model, '--out', run],
    ['export', run, '--to', 'fla', '--out', exported],
  ])
    expect(await pavlov(args)).toMatchObject({ code: 0, stderr: '' });
});

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

describe('Ctrl-C at random moments is answered, leaves no process and nothing that is half', () => {
  it.each(LONG.map((long) => [long.name, long] as const))('%s', async (name, long) => {
    const options = { count: shareOf(5), seed: SEED, mostMs: 30_000 };
    const { wholeMs, silentMs, answerMs, exitMs } = await interruptAtRandom(long, folder, options);
    process.stdout.write(
      `${name}: ${seconds(wholeMs)} in all, silent for ${seconds(silentMs)}, ` +
        `answered within ${answerMs.toFixed(0)} ms, ended within ${seconds(exitMs)}\n`,
    );
  });
});
