import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect } from 'vitest';
import { loadCorpus, toyStories } from '../../data/index.js';
import { exportModel, importFla } from '../../export/index.js';
import { loadCheckpoint } from '../../src/checkpoint/store.js';
import { PavlovError } from '../../src/core/errors.js';
import { Rng } from '../../src/core/rng.js';
import { checkConfig, resolveConfig } from '../../train/config/resolveConfig.js';
import { progressFromJson } from '../../train/progress.js';
import { trainRun } from '../../train/run.js';
import { checkMemory } from '../../train/memory.js';
import { resolveTaskConfig } from '../../train/tasks/resolveTaskConfig.js';
import { randomRun } from '../export/randomRun.js';
import { savingEveryStep, smallRun, steadyClock, writeStories } from '../train/smallRun.js';
import { below, damaged, tryAll, type Tally } from './hostile.js';

/** What stands in files by mistake or on purpose, to be put anywhere. */
const PIECES = [
  ...[
    'null',
    '~',
    '-1',
    '1e999',
    '.nan',
    '.inf',
    '1e15',
    '""',
    '[]',
    '{}',
    'true',
    '!!js/function x',
    '0x10',
  ],
  ...[
    '*a',
    '&a [*a, *a]',
    '<<: *b',
    '__proto__: 1',
    'constructor: {}',
    '? [a]: b',
    '|\n  x',
    '# ',
    '\t',
    '\u0000',
  ],
  ...['[[[[[[[[', '{a: {a: {a: {', '\u001b[31m', '"\\ud800"', '9007199254740993', '%YAML 9.9\n---\n'],
] as const;

/** A text with pieces in the place of words, doubled lines, or damaged bytes. */
function changedText(text: string, rng: Rng): Uint8Array {
  const words = text.split(/(\b)/);
  const lines = text.split('\n');
  switch (below(rng, 4)) {
    case 0:
      for (let n = 1 + below(rng, 3); n > 0; n--)
        words[below(rng, words.length)] = PIECES[below(rng, PIECES.length)] ?? '';
      return Buffer.from(words.join(''));
    case 1:
      lines.splice(below(rng, lines.length), 0, lines[below(rng, lines.length)] ?? '');
      return Buffer.from(lines.join('\n'));
    case 2:
      lines.splice(below(rng, lines.length), 1 + below(rng, 3));
      return Buffer.from(lines.join('\n'));
    default:
      return damaged(Buffer.from(text), rng);
  }
}

function yamlOf(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return ` ${JSON.stringify(value)}\n`;
  const lines = Object.entries(value).map(
    ([key, inner]) => `${indent}${key}:${yamlOf(inner, `${indent}  `)}`,
  );
  return lines.length === 0 ? ' {}\n' : `\n${lines.join('')}`;
}

/** Files of settings, YAML and JSON, of runs on text and on tasks. */
export async function damagedConfigs(folder: string, count: number, seed: number): Promise<Tally> {
  const configs = [await resolveConfig(), await resolveTaskConfig({ task: 'induction' })] as const;
  const texts = configs.flatMap((config) => [yamlOf(config).trimStart(), JSON.stringify(config, null, 2)]);
  return tryAll(Rng.fromSeed(seed), count, async (rng, i) => {
    const file = join(folder, `config-${seed}.yaml`);
    writeFileSync(file, changedText(texts[i % texts.length] ?? '', rng));
    const config = i % texts.length < 2 ? await resolveConfig({ file }) : await resolveTaskConfig({ file });
    checkMemory(config);
  });
}

/** One file of a checkpoint each. What is taken must be what was saved. */
export async function damagedCheckpoints(folder: string, count: number, seed: number): Promise<Tally> {
  const [out, copy] = [join(folder, `run-${seed}`), join(folder, `copy-${seed}`)];
  const config = await smallRun(await writeStories(folder), out, savingEveryStep(2));
  await trainRun({ config, clock: steadyClock() });
  const step = 'step-000002';
  const whole = await loadCheckpoint(join(out, step));
  const names = readdirSync(join(out, step));
  return tryAll(Rng.fromSeed(seed), count, async (rng) => {
    rmSync(copy, { recursive: true, force: true });
    cpSync(join(out, step), join(copy, step), { recursive: true });
    const file = join(copy, step, names[below(rng, names.length)] ?? '');
    writeFileSync(file, damaged(readFileSync(file), rng));
    const loaded = await loadCheckpoint(copy);
    checkConfig(loaded.config);
    progressFromJson(loaded.progress, 'checkpoint');
    expect({ ...loaded, path: '', run: '' }).toEqual({ ...whole, path: '', run: '' });
  });
}

/** One file each of a model that was exported. A run folder is made of one that is taken, and nothing of one that is not. */
export async function damagedImports(folder: string, count: number, seed: number): Promise<Tally> {
  const [exported, copy, out] = ['fla', 'fla-copy', 'fla-back'].map((name) =>
    join(folder, `${name}-${seed}`),
  ) as [string, string, string];
  const settings = ['model.layers=1', 'model.signalBias=false', 'model.rule=delta', 'model.gate=scalar'];
  await exportModel(await randomRun(join(folder, `whole-${seed}`), settings), 'fla', exported);
  const names = ['pavlov.json', 'sample.json', 'config.json', 'model.safetensors'];
  return tryAll(Rng.fromSeed(seed), count, async (rng) => {
    rmSync(copy, { recursive: true, force: true });
    rmSync(out, { recursive: true, force: true });
    cpSync(exported, copy, { recursive: true });
    const file = join(copy, names[below(rng, names.length)] ?? '');
    const bytes = readFileSync(file);
    writeFileSync(file, file.endsWith('.json') ? changedText(String(bytes), rng) : damaged(bytes, rng));
    try {
      await importFla(copy, out);
    } catch (error) {
      expect(existsSync(out)).toBe(false);
      throw error;
    }
    const { config } = await loadCheckpoint(out);
    expect(() => checkConfig(config)).not.toThrow();
  });
}

/** Text, lines of JSON and parquet. What is refused names its file. */
export async function damagedData(folder: string, count: number, seed: number): Promise<Tally> {
  const { train: stories } = toyStories({ trainStories: 60, validationStories: 1 });
  const columnData = [{ name: 'text', data: [...stories] }];
  const files: readonly (readonly [string, Uint8Array])[] = [
    ['a.txt', Buffer.from(stories.join('\n<|endoftext|>\n'))],
    ['a.jsonl', Buffer.from(stories.map((text) => JSON.stringify({ text })).join('\n'))],
    ['a.parquet', new Uint8Array(parquetWriteBuffer({ columnData }))],
    ['b.parquet', new Uint8Array(parquetWriteBuffer({ columnData, codec: 'UNCOMPRESSED' }))],
  ];
  return tryAll(Rng.fromSeed(seed), count, async (rng, i) => {
    const [name = '', bytes = new Uint8Array()] = files[i % files.length] ?? [];
    const path = join(folder, `${seed}-${name}`);
    writeFileSync(path, damaged(bytes, rng));
    try {
      const { train, validation } = await loadCorpus(path);
      for (const story of [...train, ...validation]) expect(story).not.toBe('');
    } catch (error) {
      if (error instanceof PavlovError) expect(error.message).toContain(path);
      throw error;
    }
  });
}
