import { request as httpRequest } from 'node:http';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LateFile, PlayServer } from '../../cli/verbs/play/playServer.js';
import { type ExportFile, playFiles } from '../../export/index.js';
import { PlayModel, readPlayFolder, replay, serverRuntime } from '../../web/index.js';
import { bytesOfTensors, type NamedTensors } from '../../web/tensorBytes.js';
import { encodeTensors } from '../../src/checkpoint/format.js';
import * as runtime from '../../src/engine/graph/onnxRuntime.js';
import { temporaryFolder } from '../support/folder.js';
import { addressOf, ended, IS_BUILT, pavlov, pavlovHere, startPavlov } from '../support/pavlov.js';
import { saveUntrainedRun } from '../support/untrainedRun.js';
import { playSource, readerOf } from '../web/playRun.js';

const folder = temporaryFolder();
const source = playSource({ rule: 'delta', gate: 'scalar' }, 'a run');
const faults: string[] = [];
let server: PlayServer;
let url: string;

beforeAll(async () => {
  const files = playFiles([source], 'server').map(({ path, content }) => [path, content] as const);
  server = new PlayServer(
    new Map<string, ExportFile['content'] | LateFile>([
      ...files,
      ['index.html', '<!doctype html>'],
      ['lab.json', () => Promise.resolve('{}')],
    ]),
    (message) => faults.push(message),
  );
  url = await server.listen(0);
});
afterAll(async () => {
  await server.close();
  source.model.dispose();
});

const read = async (name: string): Promise<Uint8Array> => {
  const response = await fetch(`${url}/${name.split('/').map(encodeURIComponent).join('/')}`);
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
};

/** Status and message of a request. */
async function answer(path: string, body?: Uint8Array<ArrayBuffer> | string): Promise<[number, string]> {
  const response = await fetch(`${url}/${path}`, body === undefined ? {} : { method: 'POST', body });
  const text = await response.text();
  // The cast: the fields are checked where they are used.
  const { error } = text.startsWith('{') ? (JSON.parse(text) as { error?: { message: string } }) : {};
  return [response.status, error?.message ?? text];
}

/** The same with headers that `fetch` sets by itself. */
function statusWith(headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    const asked = httpRequest({ port, host: '127.0.0.1', path: '/play.json', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function sessionOf(path: string): Promise<string> {
  const [status, text] = await answer('session', Uint8Array.from(await read(path)));
  expect(status).toBe(200);
  return (JSON.parse(text) as { session: string }).session;
}

describe('the server of pavlov play', () => {
  it('runs models for pages as they run by themselves, with several pages at once', async () => {
    expect((await readPlayFolder(read)).runtime).toBe('server');
    const [one, two] = [
      await PlayModel.load(serverRuntime(url), read),
      await PlayModel.load(serverRuntime(url), read, { run: 'a run' }),
    ];
    const own = await PlayModel.load(runtime, readerOf([source]));
    const [ids, others] = [
      [3, 1, 4, 1, 5],
      [2, 7, 1, 8],
    ];
    const [first, second] = await Promise.all([replay(one, ids), replay(two, others)]);
    expect(first).toEqual(await replay(own, ids));
    const steps = await replay(own, others);
    expect(second).toEqual(steps);
    expect(await two.shares(second, 1)).toEqual(await own.shares(steps, 1));
    await Promise.all([one, two, own].map((model) => model.dispose()));
  });

  it('gives its files to this machine alone, and they may ask for nothing elsewhere', async () => {
    const response = await fetch(url);
    expect(await response.text()).toBe('<!doctype html>');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain(
      "default-src 'none'; script-src 'self'",
    );
    expect(await answer('lab.json')).toEqual([200, '{}']);
    const { port } = new URL(url);
    expect(await statusWith({ host: `localhost:${port}` })).toBe(200);
    expect(await statusWith({ host: `evil.example:${port}` })).toBe(403);
    expect(await statusWith({ origin: 'http://evil.example' })).toBe(403);
  });

  it('answers what is wrong with what is wrong', async () => {
    const session = await sessionOf('runs/a run/play.onnx');
    const run = `session/${session}`;
    const ids = { data: BigInt64Array.of(1n), dims: [1, 1] };
    const bools = new Map([['ids', { dtype: 'BOOL', shape: [1], data: Uint8Array.of(1) }] as const]);
    const cases: readonly (readonly [
      string,
      Uint8Array<ArrayBuffer> | string | undefined,
      number,
      string,
    ])[] = [
      ['nothing', undefined, 404, "there is no 'nothing' here"],
      ['..%2f..%2fpackage.json', undefined, 404, 'there is no'],
      ['%ff', undefined, 400, 'path: expected a path in UTF-8'],
      ['play.json', 'x', 405, 'play.json: expected GET, got POST'],
      ['session', undefined, 405, 'session: expected POST, got GET'],
      ['session', 'x', 403, 'session: expected a graph of this folder, got another'],
      ['session', 'x'.repeat(1e6), 413, 'body: expected at most'],
      ['session/0', 'x', 403, 'session: expected a graph of this folder, got another'],
      [run, 'x', 400, 'tensors: expected a safetensors file, got 1 bytes'],
      [run, '\u0004\0\0\0\0\0\0\0not JSON', 400, 'tensors: expected a JSON header'],
      [run, Uint8Array.from(encodeTensors(bools)), 400, "tensors: expected 'ids' as F32 or I64, got BOOL"],
      [run, bytesOfTensors({ ids }).subarray(0, -1), 400, 'tensors: ends 1 bytes early'],
      [
        run,
        bytesOfTensors({ ids }),
        400,
        'tensors: expected decay_scale.0, decay_scale.1, input_ids, past_conv.0',
      ],
    ];
    for (const [path, body, status, message] of cases) {
      const [got, text] = await answer(path, body);
      expect([path, got, text]).toEqual([path, status, expect.stringContaining(message)]);
    }
    expect(faults).toEqual([]);
  });

  it('says what the graph says of tensors that do not fit it, and goes on', async () => {
    const sent: NamedTensors[] = [];
    const { Tensor } = serverRuntime(url);
    const spy = {
      Tensor,
      InferenceSession: { create: async () => ({ run, release: async () => undefined }) },
    };
    const run = async (feeds: NamedTensors): Promise<never> => {
      sent.push(feeds);
      throw new Error('no outputs');
    };
    const model = await PlayModel.load(spy, read);
    await expect(model.step(3)).rejects.toThrow('no outputs');
    const session = await sessionOf('runs/a run/play.onnx');
    const feeds = sent[0]!;
    const wrong = [
      { ...feeds, input_ids: { data: BigInt64Array.of(1_000_000n), dims: [1, 1] } },
      { ...feeds, input_ids: { data: new BigInt64Array(2), dims: [2, 1] } },
      { ...feeds, input_ids: { data: new Float32Array(1), dims: [1, 1] } },
      { ...feeds, 'past_recurrent.0': { data: new Float32Array(0), dims: [0] } },
    ];
    for (const tensors of wrong) {
      const [status, text] = await answer(`session/${session}`, bytesOfTensors(tensors));
      expect([status, text]).toEqual([
        400,
        expect.stringMatching(/^tensors: expected what the graph takes, got: ./),
      ]);
    }
    expect((await answer(`session/${session}`, bytesOfTensors(feeds)))[0]).toBe(200);
    expect(faults).toEqual([]);
  });

  it('is told that its port is in use', async () => {
    const { port } = new URL(url);
    const other = new PlayServer(new Map(), () => undefined);
    await expect(other.listen(Number(port))).rejects.toThrow(`play: cannot listen on 127.0.0.1:${port} (`);
  });
});

describe('pavlov play', () => {
  // The page is a part of the build.
  it.skipIf(!IS_BUILT)('serves two runs and its page until Ctrl-C', async () => {
    const runs = [join(folder, 'one'), join(folder, 'two')];
    for (const run of runs) await saveUntrainedRun(run);
    const child = startPavlov(['play', ...runs, '--port', '0']);
    const whole = ended(child);
    const address = await addressOf(child);
    const page = await (await fetch(address)).text();
    for (const [, file = ''] of page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) {
      expect([file, (await fetch(`${address}/${file}`)).status]).toEqual([file, 200]);
    }
    const given = async (name: string) =>
      new Uint8Array(await (await fetch(`${address}/${name}`)).arrayBuffer());
    const model = await PlayModel.load(serverRuntime(address), given, { run: 'two' });
    expect((await model.step(3)).logits).toHaveLength(model.tokenizer.vocabularySize);
    const second = await pavlov(['play', runs[0]!, '--port', new URL(address).port]);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain('choose another --port');
    child.kill('SIGINT');
    expect(await whole).toMatchObject({
      code: 130,
      stdout: `one and two at ${address}\n`,
      stderr: '\nSIGINT: ending when what was begun is answered; press Ctrl-C again to stop immediately\n',
    });
  });

  it("refuses a folder of somebody else's files, and says what it needs", async () => {
    const run = join(folder, 'story');
    await saveUntrainedRun(run);
    const taken = join(folder, 'taken');
    await mkdir(taken);
    await writeFile(join(taken, 'mine.txt'), 'mine');
    const refused = await pavlovHere(['play', run, '--out', taken]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`--out: '${taken}' already exists; move it away or name another folder`);
    expect(await readdir(taken)).toEqual(['mine.txt']);
    const site = join(folder, 'site');
    const missing = await pavlovHere(['play', run, '--out', site]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain(
      '--out: expected the package onnxruntime-web, which the site needs a copy of',
    );
    expect((await readdir(folder)).filter((name) => name.startsWith('site'))).toEqual([]);
  });
});
