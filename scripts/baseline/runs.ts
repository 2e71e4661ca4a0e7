import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  entryOf,
  flagOf,
  pavlov,
  scratch,
  setting,
  sha256,
  type Checkout,
  type Entries,
  type Entry,
} from './checkout.js';

const STEPS = 20;
const ONE_THREAD = ['--set', 'engine.threads=1'];

/** What every training run here shares: nothing that costs time and draws no number of its own. */
function trainFlags(checkout: Checkout, out: string): readonly string[] {
  const pairs = ['--preset', 'smoke', '--out', out, ...ONE_THREAD, '--set', 'train.logEvery=1'];
  const sampled = setting(checkout, 'sample', ['maxTokens', 'tokens'], 1);
  return ['train', ...pairs, ...sampled, ...setting(checkout, 'train', ['evalStories'], 2)];
}

/** Losses by step, from the run's own log. */
function lossesOf(run: string): readonly number[] {
  const lines = readFileSync(join(scratch, run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  // The field has had another name.
  const losses = events.flatMap(({ type, loss, lossNats }) => (type === 'step' ? [loss ?? lossNats] : []));
  return losses.filter((loss) => typeof loss === 'number');
}

/** Hash and norm of every tensor of a safetensors file, in an order that names do not decide. */
function weightsOf(run: string, step: number): Entry {
  const folder = `step-${String(step).padStart(6, '0')}`;
  const bytes = readFileSync(join(scratch, run, folder, 'weights.safetensors'));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { data_offsets?: [number, number] }
  >;
  const tensors = Object.entries(header).flatMap(([name, { data_offsets: [from, to] = [0, 0] }]) => {
    if (name === '__metadata__') return [];
    const data = Uint8Array.from(bytes.subarray(8 + headerLength + from, 8 + headerLength + to));
    return [{ hash: sha256(data), norm: Math.hypot(...chunkNorms(new Float32Array(data.buffer))) }];
  });
  const norms = tensors.map(({ norm }) => norm).sort((a, b) => a - b);
  const hashes = tensors.map(({ hash }) => hash).sort();
  return entryOf(sha256(hashes.join('\n')), norms);
}

/** Norms of parts, as a call takes only so many arguments. */
function chunkNorms(values: Float32Array): readonly number[] {
  const size = 1024;
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) =>
    Math.hypot(...values.subarray(i * size, (i + 1) * size)),
  );
}

export function trainEvery(checkout: Checkout): Entries {
  const { rules, gates } = checkout.library;
  const pairs = Object.keys(rules).flatMap((rule) => Object.keys(gates).map((gate) => [rule, gate] as const));
  const variants = pairs.map(
    ([rule, gate]) => [`${rule} x ${gate}`, ['--rule', rule, '--gate', gate]] as const,
  );
  const softmax = ['softmax', setting(checkout, 'model', ['mixer', 'head'], 'softmax')] as const;
  const entries: Entries = {};
  for (const [label, flags] of [...variants, softmax]) {
    const run = `train-${label.replaceAll(' ', '')}`;
    pavlov(checkout, [...trainFlags(checkout, run), '--steps', String(STEPS), ...flags]);
    const losses = lossesOf(run);
    if (losses.length !== STEPS) throw new Error(`${label}: expected ${STEPS} losses, got ${losses.length}`);
    entries[`train ${label}: losses`] = entryOf(sha256(losses.join('\n')), losses);
    entries[`train ${label}: weights`] = weightsOf(run, STEPS);
    rmSync(join(scratch, run), { recursive: true });
    console.error(`trained ${label}`);
  }
  return entries;
}

/** Every number in a JSON value. */
function numbersIn(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}

/** Results of a grid: names of cells and keys may change, the numbers of a variant and seed may not. */
function gridResults(checkout: Checkout, label: string, flags: readonly string[]): Entries {
  const out = `grid-${label}`;
  pavlov(checkout, [
    'compare',
    ...flags,
    '--preset',
    'smoke',
    '--jobs',
    '1',
    ...ONE_THREAD,
    '--out',
    out,
    '--json',
  ]);
  const text = readFileSync(join(scratch, out, 'results.jsonl'), 'utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { variant: unknown; seed: number });
  const entries = lines.map((line): [string, Entry] => {
    const numbers = [...numbersIn(line)].sort((a, b) => a - b);
    const variant = Object.values(line.variant as Record<string, unknown>)
      .map(String)
      .join(' x ');
    return [`grid ${label}, ${variant}, seed ${line.seed}`, entryOf(sha256(numbers.join('\n')), numbers)];
  });
  console.error(`compared on ${label}`);
  return Object.fromEntries(entries);
}

export function runGrids(checkout: Checkout): Entries {
  const rule = flagOf(checkout, 'compare', ['--rule', '--rules']);
  const gate = flagOf(checkout, 'compare', ['--gate', '--gates']);
  const samples = ['--set', 'train.samples=200'];
  return {
    ...gridResults(checkout, 'induction', [
      rule,
      'hebbian,delta',
      gate,
      'none,scalar',
      '--seeds',
      '2',
      '--task',
      'induction',
      ...samples,
    ]),
    ...gridResults(checkout, 'linear-regression', [
      rule,
      'delta',
      gate,
      'none',
      '--seeds',
      '1',
      '--task',
      'linear-regression',
      ...samples,
    ]),
    ...gridResults(checkout, 'parity', [
      rule,
      'delta,softmax',
      '--seeds',
      '1',
      '--task',
      'parity',
      ...samples,
    ]),
  };
}

/** Kills a run (SIGKILL) as soon as its first checkpoint stands. */
async function killAfterCheckpoint(
  { main }: Checkout,
  args: readonly string[],
  checkpoint: string,
): Promise<void> {
  const child = spawn(process.execPath, [main, ...args], { cwd: scratch, stdio: 'ignore' });
  const ended = new Promise<NodeJS.Signals | null>((done) =>
    child.once('exit', (_code, signal) => {
      done(signal);
    }),
  );
  const watching = setInterval(() => {
    if (existsSync(join(scratch, checkpoint))) child.kill('SIGKILL');
  }, 5);
  const signal = await ended;
  clearInterval(watching);
  if (signal !== 'SIGKILL')
    throw new Error('expected to kill the run after its checkpoint, got one that ended before');
}

export async function killAndResume(checkout: Checkout): Promise<Entries> {
  const steps = 60;
  const flags = ['--steps', String(steps), ...setting(checkout, 'train', ['saveEvery'], 10)];
  pavlov(checkout, [...trainFlags(checkout, 'whole'), ...flags]);
  await killAfterCheckpoint(checkout, [...trainFlags(checkout, 'killed'), ...flags], 'killed/step-000010');
  pavlov(checkout, ['resume', 'killed']);
  const [whole, killed] = [weightsOf('whole', steps), weightsOf('killed', steps)];
  const same = whole.hash === killed.hash && lossesOf('whole').join() === lossesOf('killed').join();
  if (!same)
    throw new Error('expected the resumed run to equal the uninterrupted one, got other weights or losses');
  const losses = lossesOf('whole');
  return { 'resume: weights': killed, 'resume: losses': entryOf(sha256(losses.join('\n')), losses) };
}
