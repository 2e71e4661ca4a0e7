import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, pavlov, pavlovHere, startPavlov } from '../support/pavlov.js';
import { temporaryFolder } from '../support/folder.js';
import { saveUntrainedRun } from '../support/untrainedRun.js';

const folder = temporaryFolder();
const run = join(folder, 'run');

beforeAll(async () => {
  await saveUntrainedRun(run);
});

interface Document {
  readonly checkpoint: string;
  readonly prompt: string;
  readonly text: string;
  readonly tokens: number;
  readonly ended: boolean;
  readonly seed: number;
  readonly tokensPerSecond: number | null;
}

async function document(...args: readonly string[]): Promise<Document> {
  const { code, stdout, stderr } = await pavlovHere(['generate', run, '--json', ...args]);
  expect([code, stderr]).toEqual([0, '']);
  // The cast: the fields are checked where they are used.
  return JSON.parse(stdout) as Document;
}

describe('pavlov generate', () => {
  it('prints the prompt and what follows, the same as the document of --json says', async () => {
    const prompt = 'Once 😀 \u0301upon\na time, «naïve» ';
    const { text, tokens, checkpoint, ...rest } = await document('--prompt', prompt, '--tokens', '12');
    expect(rest.prompt).toBe(prompt);
    expect(checkpoint).toBe(join(run, 'step-000000'));
    expect(tokens).toBe(12);
    expect(rest.tokensPerSecond).toBeGreaterThan(0);
    const plain = await pavlov(['generate', run, '--prompt', prompt, '--tokens', '12']);
    expect(plain).toEqual({ code: 0, stdout: `${prompt}${text}\n`, stderr: '' });
  });

  it('the same seed draws the same text on both engines, another seed another', async () => {
    const graph = await document('--tokens', '10', '--seed', '4');
    const eager = await document('--tokens', '10', '--seed', '4', '--engine', 'eager');
    expect(eager.text).toBe(graph.text);
    expect((await document('--tokens', '10', '--seed', '5')).text).not.toBe(graph.text);
  });

  it('temperature 0 and top-k 1 both take the likeliest token, whatever the seed', async () => {
    const coldest = await document('--tokens', '8', '--temperature', '0');
    const single = await document('--tokens', '8', '--top-k', '1', '--seed', '9');
    expect(single.text).toBe(coldest.text);
  });

  it('writes several texts at once, each as its seed alone gives it, in order', async () => {
    const file = join(folder, 'prompts.txt');
    writeFileSync(file, '\uFEFFOnce\r\nLily had a «red» kite\nThe');
    const args = ['--file', file, '--count', '2', '--tokens', '9', '--seed', '3'];
    const { code, stdout, stderr } = await pavlovHere(['generate', run, ...args, '--jsonl']);
    expect([code, stderr]).toEqual([0, '']);
    // The cast: the fields are compared below.
    const texts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Document);
    const prompts = ['Once', 'Once', 'Lily had a «red» kite', 'Lily had a «red» kite', 'The', 'The'];
    expect(texts.map(({ prompt, seed }) => [prompt, seed])).toEqual(
      prompts.map((prompt, i) => [prompt, 3 + i]),
    );
    for (const i of [1, 2, 5]) {
      const alone = await document('--prompt', prompts[i]!, '--tokens', '9', '--seed', String(3 + i));
      expect({ ...texts[i]!, tokensPerSecond: 0 }).toEqual({ ...alone, tokensPerSecond: 0 });
    }
    const plain = await pavlovHere(['generate', run, ...args]);
    expect(plain.stdout).toBe(texts.map(({ prompt, text }) => `${prompt}${text}\n`).join('\n'));
    const whole = await pavlovHere(['generate', run, ...args, '--json']);
    const { texts: all } = JSON.parse(whole.stdout) as { texts: Document[] };
    expect(all.map(({ text }) => text)).toEqual(texts.map(({ text }) => text));
  });

  it.each([
    ['', 3, 'expected a prompt a line, got an empty file; write at least one'],
    ['a\n\nb\n', 3, 'bad.txt:2: expected a prompt, got an empty line; remove it'],
    [Uint8Array.of(97, 10, 0xff, 98), 3, 'bad.txt:2: expected UTF-8, got the byte 0xff at offset 2'],
  ])('refuses the prompts %j', async (content, exitCode, message) => {
    writeFileSync(join(folder, 'bad.txt'), content);
    const { code, stdout, stderr } = await pavlovHere(['generate', run, '--file', join(folder, 'bad.txt')]);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toContain(message);
  });

  it('refuses prompts that are not there, and two kinds at once', async () => {
    const missing = await pavlovHere(['generate', run, '--file', join(folder, 'none.txt')]);
    expect([missing.code, missing.stderr]).toEqual([
      3,
      expect.stringContaining('expected a file that can be read, got E'),
    ]);
    const both = await pavlovHere(['generate', run, '--file', 'x', '--prompt', 'y']);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('expected it without --prompt')]);
  });

  it('stops quietly when its reader goes away', async () => {
    const child = startPavlov(['generate', run, '--tokens', '100000000']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stderr } = await ended(child);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('Ctrl-C ends it with 130', async () => {
    const child = startPavlov(['generate', run, '--tokens', '100000000']);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { code, stderr } = await ended(child);
    expect([code, stderr]).toEqual([130, '\nSIGINT: stopping; press Ctrl-C again to stop immediately\n']);
  });

  it.each([
    [['--top-p', '0'], 2, "--top-p: expected a number above 0 and at most 1, got '0'\n"],
    [['--top-p', '1.5'], 2, "--top-p: expected a number above 0 and at most 1, got '1.5'\n"],
    [['--tokens', '0'], 2, "--tokens: expected a whole number of at least 1, got '0'\n"],
    [['--engine', 'grph'], 2, "--engine: expected one of graph | eager, got 'grph'; did you mean 'graph'?\n"],
    [
      ['--temprature', '1'],
      2,
      "pavlov generate: unknown option '--temprature'; did you mean '--temperature'?\n",
    ],
  ])('refuses %j', async (args, exitCode, message) => {
    const { code, stderr } = await pavlovHere(['generate', run, ...args]);
    expect([code, stderr]).toEqual([exitCode, message]);
  });

  it('refuses more tokens than the cache of softmax blocks may hold', async () => {
    const softmax = join(folder, 'softmax');
    const { model } = await saveUntrainedRun(softmax, ['model.mixer=softmax']);
    const { heads, keySize, valueSize } = model.config;
    const bytes = 4 * heads * (keySize + valueSize);
    const most = Math.floor(2 ** 30 / bytes);
    const { code, stdout, stderr } = await pavlovHere(['generate', softmax, '--tokens', String(most)]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      `decoding: expected at most ${most} tokens, prompt included, got ${most + 1}; the layers keep ` +
        `${bytes} bytes of every token, and 1 GiB in all is the most: ask for fewer tokens\n`,
    );
    const some = await pavlovHere(['generate', softmax, '--tokens', '20', '--seed', '3']);
    expect([some.code, some.stderr]).toEqual([0, '']);
  });

  it('without a folder says what is missing', async () => {
    const { code, stderr } = await pavlovHere(['generate']);
    expect([code, stderr]).toEqual([
      2,
      "pavlov generate: missing argument <folder>; run 'pavlov generate --help'\n",
    ]);
  });

  it('a folder with no checkpoint is a fault of the data', async () => {
    const { code, stdout, stderr } = await pavlovHere(['generate', folder]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toBe(
      `checkpoint ${folder}: expected a run folder with step-NNNNNN folders or one of these, got a folder with no checkpoint; check the path\n`,
    );
  });
});
