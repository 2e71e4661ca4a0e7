import type { ChildProcess } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createStopFilter } from '../../cli/verbs/serve/completionRequest.js';
import { generate } from '../../api/generate.js';
import { temporaryFolder } from '../support/folder.js';
import { addressOf, ended, type Ended, startPavlov } from '../support/pavlov.js';
import { saveUntrainedRun } from '../support/untrainedRun.js';

const run = join(temporaryFolder(), 'story');
let server: ChildProcess;
let whole: Promise<Ended>;
let url: string;

beforeAll(async () => {
  await saveUntrainedRun(run);
  server = startPavlov(['serve', run, '--port', '0', '--queue', '70', '--max-body', '2']);
  whole = ended(server);
  url = await addressOf(server);
});
afterAll(() => server.kill('SIGKILL'));

interface Completion {
  readonly choices: readonly {
    readonly index: number;
    readonly text: string;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

function post(body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}/v1/completions`, {
    method: 'POST',
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });
}

// The casts here and below: the fields are checked where they are used.
const complete = async (body: object): Promise<Completion> => (await (await post(body)).json()) as Completion;

async function errorOf(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as { error: { message: string } };
  return [response.status, error.message];
}

/** The events of a stream. */
async function streamed(body: object): Promise<Completion[]> {
  const text = await (await post({ ...body, stream: true })).text();
  const events = text
    .trimEnd()
    .split('\n\n')
    .map((event) => event.replace(/^data: /, ''));
  expect(events.pop()).toBe('[DONE]');
  return events.map((event) => JSON.parse(event) as Completion);
}

const textOf = (events: readonly Completion[], index = 0): string =>
  events
    .flatMap(({ choices }) => choices.filter((one) => one.index === index))
    .map(({ text }) => text)
    .join('');

/** Waits until the server writes for nobody. */
async function allEnded(): Promise<void> {
  await vi.waitUntil(async () => {
    const { texts } = (await (await fetch(`${url}/health`)).json()) as { texts: number };
    return texts === 0;
  });
}

const SAMPLING = { temperature: 0.8, top_p: 0.95 };

describe('pavlov serve', () => {
  it('answers 64 clients at once as generate does, whole and streamed, with one that leaves', async () => {
    const gone = new AbortController();
    const leaving = post({ prompt: 'Once', max_tokens: 100_000, stream: true }, gone.signal);
    const clients = Array.from({ length: 64 }, async (_, i) => {
      const body = {
        model: 'story',
        prompt: `Once ${i % 4}`,
        max_tokens: 20 + (i % 5),
        seed: i,
        ...SAMPLING,
      };
      return i % 2 === 0 ? textOf(await streamed(body)) : (await complete(body)).choices[0]!.text;
    });
    const reader = (await leaving).body!.getReader();
    await reader.read();
    gone.abort();
    await expect(reader.read()).rejects.toThrow('aborted');
    const texts = await Promise.all(clients);
    expect(new Set(texts).size).toBeGreaterThan(60);
    for (const i of [0, 1, 63]) {
      const alone = await generate(run, `Once ${i % 4}`, { tokens: 20 + (i % 5), seed: i });
      expect(texts[i]).toBe(alone.text);
    }
    await allEnded();
  });

  it('answers a long prompt while others go on', async () => {
    const prompt = 'Once upon a time. '.repeat(5000);
    const long = complete({ prompt, max_tokens: 3, temperature: 0 });
    const short = await complete({ prompt: 'Once', max_tokens: 5, temperature: 0 });
    expect(short.usage).toMatchObject({ completion_tokens: 5 });
    const { usage, choices } = await long;
    expect(usage!.prompt_tokens).toBeGreaterThan(10_000);
    expect(choices).toMatchObject([{ finish_reason: 'length' }]);
  });

  it('writes several texts of one request, with the prompt, the counts and up to a stop', async () => {
    const body = { prompt: ['Once', 'Lily'], n: 2, max_tokens: 12, seed: 3, echo: true, ...SAMPLING };
    const { choices, usage } = await complete(body);
    const alone = await generate(run, 'Lily', { tokens: 12, seed: 5 });
    expect(choices[2]).toMatchObject({ index: 2, text: `Lily${alone.text}`, finish_reason: 'length' });
    expect(usage!.completion_tokens).toBeLessThanOrEqual(48);
    expect(usage!.completion_tokens).toBeGreaterThan(12);
    const events = await streamed({ ...body, stream_options: { include_usage: true } });
    expect(textOf(events, 2)).toBe(choices[2]!.text);
    expect(events.at(-1)).toMatchObject({ choices: [], usage });
    const stop = alone.text.slice(4, 6);
    const cut = await complete({ ...body, prompt: 'Lily', n: 1, seed: 5, echo: false, stop });
    expect(cut.choices).toMatchObject([
      { text: alone.text.slice(0, alone.text.indexOf(stop)), finish_reason: 'stop' },
    ]);
  });

  it('says what is wrong with a request', async () => {
    expect(await errorOf(await post('{"prompt": "a", '))).toEqual([
      400,
      expect.stringContaining('body: expected JSON'),
    ]);
    expect(await errorOf(await post(Uint8Array.of(34, 0xff, 34)))).toEqual([
      400,
      expect.stringContaining('UTF-8'),
    ]);
    expect(await errorOf(await post({ prompt: 7, temprature: 1 }))).toEqual([
      400,
      expect.stringMatching(/body\.prompt: expected .* got 7\n.*'temprature'; did you mean 'temperature'/),
    ]);
    expect(await errorOf(await post({ top_p: 0 }))).toEqual([
      400,
      'body.top_p: expected a number above 0, got 0',
    ]);
    expect(await errorOf(await post({ logprobs: 3 }))).toEqual([
      400,
      expect.stringContaining('expected null'),
    ]);
    expect(await errorOf(await post({ model: 'gpt' }))).toEqual([
      400,
      "body.model: expected 'story', got 'gpt'; this server has one model",
    ]);
    expect(await errorOf(await post({ prompt: 'x'.repeat(2_100_000) }))).toEqual([
      413,
      expect.stringContaining('expected at most 2000000 bytes'),
    ]);
    expect(await errorOf(await post({ prompt: 'a', n: 71 }))).toEqual([
      400,
      expect.stringContaining('at most 70'),
    ]);
    expect(await errorOf(await fetch(`${url}/v1/completions`))).toEqual([
      405,
      expect.stringContaining('POST'),
    ]);
    expect(await errorOf(await fetch(`${url}/v2`))).toEqual([
      404,
      expect.stringContaining('/v1/completions'),
    ]);
    const origin = await fetch(`${url}/v1/models`, { headers: { origin: 'https://example.org' } });
    expect(await errorOf(origin)).toEqual([403, expect.stringContaining('another site')]);
    const models = (await (await fetch(`${url}/v1/models`)).json()) as { data: object[] };
    expect(models.data).toMatchObject([{ id: 'story', object: 'model' }]);
  });

  it('tells clients to come back when the queue is full, and outlives one that sends half a request', async () => {
    const half = httpRequest(`${url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-length': '100' },
    });
    half.on('error', () => undefined).write('{"prompt":');
    const ends = new AbortController();
    const full = await post({ n: 70, max_tokens: 100_000, stream: true }, ends.signal);
    // Any of the sampled texts may have ended by now, not all of them.
    const refused = await post({ n: 70, max_tokens: 1 });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    half.destroy();
    ends.abort();
    await expect(full.text()).rejects.toThrow('aborted');
    await allEnded();
  });

  it('refuses a page of another site, also one that was given the address of this machine', async () => {
    const statusOf = (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const asked = httpRequest(`${url}/v1/models`, { headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asked.on('error', reject).end();
      });
    const { port } = new URL(url);
    const evil = `evil.example:${port}`;
    expect(await statusOf({ host: `localhost:${port}` })).toBe(200);
    expect(await statusOf({ host: evil, origin: `http://${evil}` })).toBe(403);
    expect(await statusOf({ origin: `http://${evil}` })).toBe(403);
  });

  it('ends on SIGTERM when what was begun is answered, without what is still coming', async () => {
    const half = httpRequest(`${url}/v1/completions`, { method: 'POST', headers: { 'content-length': '9' } });
    half.on('error', () => undefined).write('{');
    const answer = streamed({ prompt: 'Once', max_tokens: 400, seed: 1 });
    const first = await post({ prompt: 'Lily', max_tokens: 400, stream: true });
    server.kill('SIGTERM');
    const events = await answer;
    expect(events.at(-1)!.choices[0]!.finish_reason).toMatch(/length|stop/);
    expect(await first.text()).toContain('[DONE]');
    const { code, stderr } = await whole;
    expect([code, stderr]).toEqual([130, '\nSIGTERM: ending when what was begun is answered\n']);
  });
});

describe('createStopFilter', () => {
  it('holds back what may begin a stop, and no more', () => {
    const filter = createStopFilter(['END', 'NO']);
    expect(['aE', 'N', 'x', 'E', 'ND b'].map((piece) => filter.push(piece))).toEqual([
      'a',
      '',
      'ENx',
      '',
      '',
    ]);
    expect([filter.stopped, filter.push('c'), filter.end()]).toEqual([true, '', '']);
    const open = createStopFilter(['END']);
    expect([open.push('aEN'), open.end()]).toEqual(['a', 'EN']);
    expect(createStopFilter([]).push('abc')).toBe('abc');
  });
});
