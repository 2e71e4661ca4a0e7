import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileServer } from '../data/text/support/fileServer.js';
import { ended, pavlov, pavlovHere, startPavlov, type Ended } from '../support/pavlov.js';
import { temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();

interface Info {
  readonly train: { readonly stories: number; readonly bytes: number; readonly tokens?: number };
  readonly validation: { readonly stories: number };
  readonly vocabularySize?: number;
}

function parse(text: string): Info {
  // The cast: the fields are checked where they are used.
  return JSON.parse(text) as Info;
}

describe('pavlov data', () => {
  it('prepare keeps an encoded set that info counts the same', async () => {
    const out = join(folder, 'prepared');
    const made = await pavlov(['data', 'prepare', 'toy', '--out', out, '--vocabulary', '320', '--json']);
    expect(made.code).toBe(0);
    const info = await pavlovHere(['data', 'info', out, '--json']);
    expect(parse(made.stdout)).toEqual({ folder: out, ...parse(info.stdout) });
    expect(parse(info.stdout).vocabularySize).toBe(320);
    expect(parse(info.stdout).train.tokens).toBeGreaterThan(1000);
    const source = parse((await pavlovHere(['data', 'info', 'toy', '--json'])).stdout);
    expect(source.train.stories).toBe(parse(info.stdout).train.stories);
    expect(source.train.bytes).toBe(parse(info.stdout).train.bytes);
  });

  it('info takes the name of the text column, and says what was left out', async () => {
    const file = join(folder, 'column.jsonl');
    const lines = ['{"story":"One."}', '{"story":null}', '{"story":"Two."}', '{"story":3}'];
    writeFileSync(file, lines.slice(0, 3).join('\n'));
    const unnamed = await pavlovHere(['data', 'info', file]);
    expect([unnamed.code, unnamed.stderr]).toEqual([
      3,
      `${file}:1: expected a string or an object with the text in 'text', got the fields: story; name the column with the text with --text-column\n`,
    ]);
    const named = await pavlovHere(['data', 'info', file, '--text-column', 'story', '--json']);
    expect([named.code, named.stderr]).toEqual([
      0,
      `${file}: 1 of 3 rows have no text (null) and are left out\n`,
    ]);
    expect(parse(named.stdout)).toMatchObject({ train: { stories: 1 }, validation: { stories: 1 } });
    writeFileSync(file, lines.join('\n'));
    const number = await pavlovHere(['data', 'info', file, '--text-column', 'story']);
    expect([number.code, number.stderr]).toEqual([
      3,
      `${file}:4: expected text in 'story', got the number 3; drop such rows, or name another column with --text-column\n`,
    ]);
  });

  it('info prints a table', async () => {
    const { code, stdout } = await pavlovHere(['data', 'info', 'toy']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^split +stories +text\ntrain +[\d,]+ +[\d.]+ MB\nvalidation +[\d,]+ +[\d.]+ kB$/m,
    );
  });

  it('tinystories downloads from a mirror and says what it checked', async () => {
    const bodies: Readonly<Record<string, string>> = {
      '/TinyStoriesV2-GPT4-train.txt': 'One day.\n<|endoftext|>\nTwo days.\n',
      '/TinyStoriesV2-GPT4-valid.txt': 'Three days.\n',
    };
    const server = createServer((request, response) => {
      const body = bodies[request.url ?? ''];
      response.writeHead(body === undefined ? 404 : 200, { 'content-length': body?.length ?? 0 });
      response.end(request.method === 'HEAD' ? '' : body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // The cast: a server that listens on a port has such an address.
    const { port } = server.address() as AddressInfo;
    const out = join(folder, 'mirrored');
    const mirror = `http://127.0.0.1:${port}/`;
    const { code, stdout, stderr } = await pavlovHere([
      'data',
      'tinystories',
      '--mirror',
      mirror,
      '--out',
      out,
    ]);
    server.close();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      `val.txt: 12 B, verified by size\ntrain.txt: 33 B, verified by size\n\ntrain on it with: pavlov train --data ${out}\n`,
    );
    expect(readFileSync(join(out, 'train.txt'), 'utf8')).toBe(bodies['/TinyStoriesV2-GPT4-train.txt']);
  });

  it('tinystories copies a local folder', async () => {
    const from = join(folder, 'from');
    mkdirSync(from);
    writeFileSync(join(from, 'train.txt'), 'One day.\n<|endoftext|>\nTwo days.\n');
    writeFileSync(join(from, 'val.txt'), 'Three days.\n');
    const out = join(folder, 'copied');
    const { code, stdout } = await pavlovHere([
      'data',
      'tinystories',
      '--from',
      from,
      '--out',
      out,
      '--json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ folder: out, files: [{ bytes: 12 }, { bytes: 33 }] });
  });

  /** Starts a download of which the second file never ends, in a folder of its own, and does something to it. */
  async function fetchAndStop(name: string, act: (child: ChildProcess) => void): Promise<Ended> {
    const server = new FileServer();
    server.body = Buffer.from('One day.\n<|endoftext|>\nTwo days.\n');
    server.faults = [{}, { stallAfter: 5 }];
    await server.start();
    const mirror = new URL('.', server.url).href;
    const args = ['data', 'tinystories', '--mirror', mirror, '--out', join(folder, name)];
    const child = startPavlov(args);
    act(child);
    const stopped = await ended(child);
    server.faults = [];
    const again = await pavlovHere(args);
    await server.stop();
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(readFileSync(join(folder, name, 'train.txt')).equals(server.body)).toBe(true);
    return stopped;
  }

  const stays = (name: string): string =>
    `downloaded data is in ${join(folder, name)}; run the same command again to resume\n`;

  it('tinystories stopped by Ctrl-C exits 130, says what is kept, and goes on when run again', async () => {
    const { code, stdout, stderr } = await fetchAndStop('stopped', (child) => {
      child.stdout?.once('data', () => child.kill('SIGINT'));
    });
    expect(stderr).toBe(
      `\nSIGINT: stopping; press Ctrl-C again to stop immediately\nstopped by SIGINT: ${stays('stopped')}`,
    );
    expect([code, stdout]).toEqual([130, 'val.txt: 33 B, verified by size\n']);
  });

  it('tinystories stops when its reader goes away, which is no fault', async () => {
    const { code, stderr } = await fetchAndStop('unread', (child) => child.stdout?.destroy());
    expect([code, stderr]).toEqual([0, `stopped by a closed pipe: ${stays('unread')}`]);
  });

  it.each([
    [['inf'], 2, "pavlov data: unknown command 'inf'; did you mean 'info'?\n"],
    [
      ['prepare', 'toy'],
      2,
      "pavlov data prepare: '--out <folder>' is required; run 'pavlov data prepare --help'\n",
    ],
    [
      ['prepare', 'toy', '--out', join(folder, 'x'), '--tokenizer', 'compat'],
      2,
      "tokenizer: expected one of compact | bytes, got 'compat'; did you mean 'compact'?\n",
    ],
    [
      ['info', 'toi'],
      3,
      "data: expected 'toy', a folder, or a .txt, .jsonl or .parquet file, got 'toi', which is not there; did you mean 'toy'?; check the path (a run whose data has moved takes --data), or fetch TinyStories with 'pavlov data tinystories'\n",
    ],
    [
      ['prepare', 'toy', '--out', folder],
      3,
      `${folder}: expected a new folder, got one that is there; remove it or name another\n`,
    ],
  ])('refuses %j', async (args, exitCode, message) => {
    const { code, stderr } = await pavlovHere(['data', ...args]);
    expect([code, stderr]).toEqual([exitCode, message]);
  });
});
