/**
 * Uses the page of `pavlov play` in Chromium as a person would: types a prompt, lets the model write, scrubs, blocks the
 * write of a token, and looks at the experiments. Once as the command serves it, once as a static site. Fails if a
 * probability shown is not that of TensorFlow.js here, if the console warns of anything, or if anything is asked for
 * elsewhere.
 *
 *   tsx test/browser/checkPlay.ts RUN --modules FOLDER [--screenshots FOLDER]
 *
 * The folder holds the package onnxruntime-web. `dist` must be built.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openTrainedModel } from '../../eval/index.js';
import { scaledStep } from '../../export/onnx/playGraph.js';
import { probabilities } from '../../play/view/distribution.js';
import { tf } from '../../src/core/tf.js';
import { initDecodeState, readTokens } from '../../src/model/decode.js';
import type { Model } from '../../src/model/model.js';
import { memoriesOf } from '../../src/model/traces.js';
import { inPage, serve, until } from './checkedPage.js';
import { Browser, findChromium } from './checkReportBrowser.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const PROMPT = 'Tom had a big dog.';
const TOKENS = 16;
/** The place of the token whose write is blocked. */
const BLOCKED = 3;
const TOLERANCE = 1e-4;

/** Probabilities after each token, by TensorFlow.js token by token; of `blocked` no memory keeps anything. */
function expectedProbabilities(model: Model, ids: readonly number[], blocked?: number): Float64Array[] {
  let state = initDecodeState(model, 1, { cacheLength: ids.length });
  return ids.map((id, place) => {
    const hooks = model.layers.map((_, layer) => {
      const memory = memoriesOf(model).find((one) => one.layer === layer)?.memory;
      if (!memory || place !== blocked) return undefined;
      const { H, M } = memory;
      return scaledStep(memory, {
        read: tf.ones([1, H]),
        write: tf.zeros([1, M]),
        signals: {},
        decay: tf.ones([1, M]),
      });
    });
    const read = readTokens(model, tf.tensor2d([id], [1, 1], 'int32'), state, hooks);
    state = read.state;
    return probabilities(model.readOut(model.normed(read.stream)).dataSync<'float32'>());
  });
}

/** What the page shows of the next token: ids with their probabilities, as it is and under changes. */
const SHOWN = `[...document.querySelectorAll('.distribution tr[data-id]')].map((row) =>
  [Number(row.dataset.id), ...[...row.querySelectorAll('data')].map(({ value }) => Number(value))])`;
const IDS = `[...document.querySelectorAll('.token')].map(({ dataset }) => Number(dataset.id))`;
const IDLE = `document.querySelector('.run').dataset.busy === ''`;

/** Where what is shown differs from what is wanted. */
function differences(what: string, shown: readonly number[][], wanted: readonly Float64Array[]): string[] {
  const rows = shown.length > 0 ? [] : [`${what}: expected probabilities, got none`];
  const columns = shown.some((row) => row.length !== wanted.length + 1)
    ? [`${what}: expected ${wanted.length} probabilities a token, got ${JSON.stringify(shown[0])}`]
    : [];
  const values = shown.flatMap(([id = NaN, ...found]) =>
    found.flatMap((p, i) => {
      const want = wanted[i]?.[id] ?? NaN;
      return Math.abs(p - want) <= TOLERANCE ? [] : [`${what}: token ${id}: expected ${want}, got ${p}`];
    }),
  );
  return [...rows, ...columns, ...values];
}

async function press(browser: Browser, key: 'ArrowLeft' | 'ArrowRight', times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    const event = { key, windowsVirtualKeyCode: key === 'ArrowLeft' ? 37 : 39 };
    await browser.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
    await browser.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
  }
}

/** Types a text into a field in place of what it holds. */
async function type(browser: Browser, field: string, text: string): Promise<void> {
  await browser.evaluate(
    `{ const field = document.querySelector('${field}'); field.focus(); field.select(); }`,
  );
  await browser.send('Input.insertText', { text });
}

/** Whether the token at a place is the one that the page is about. */
const lookedAt = (place: number): string =>
  `document.querySelectorAll('.token')[${place}].getAttribute('aria-selected') === 'true'`;

/** The label of a control, clicked. */
const clickOn = (text: string): string =>
  `[...document.querySelectorAll('label')].find((label) => label.textContent.includes(${JSON.stringify(text)})).click()`;

/** Writes a story in the page, goes through it and changes it; the faults found. */
async function playThere(browser: Browser, model: Model): Promise<string[]> {
  await until(browser, `!!document.querySelector('button.main')`);
  const loading = Number(
    await browser.evaluate(`performance.now() - performance.getEntriesByType('navigation')[0].loadEventEnd`),
  );
  await type(browser, 'textarea', PROMPT);
  await type(browser, 'input[max="400"]', String(TOKENS));
  await type(browser, 'input[max="5"]', '0');
  const start = performance.now();
  await browser.evaluate(`document.querySelector('button.main').click()`);
  await until(browser, `document.querySelectorAll('.token:not(.given)').length > 0`);
  const writing = performance.now() - start;
  console.log(
    `the model was ready ${loading.toFixed(0)} ms after the page had loaded, the first token ${writing.toFixed(0)} ms after that`,
  );
  await until(browser, `${IDLE} && document.querySelectorAll('.parts li').length > 0`);
  // What these expressions return, as written above.
  const ids = (await browser.evaluate(IDS)) as number[];
  const shown = async (): Promise<number[][]> => (await browser.evaluate(SHOWN)) as number[][];
  const plain = expectedProbabilities(model, ids);
  const blocked = expectedProbabilities(model, ids, BLOCKED);
  const last = ids.length - 1;
  const wantedAt = (place: number): Float64Array => plain[place] ?? new Float64Array();
  const faults = differences('written', await shown(), [wantedAt(last)]);

  await browser.evaluate('document.activeElement.blur()');
  await press(browser, 'ArrowLeft', 2);
  await until(browser, lookedAt(last - 2));
  faults.push(...differences('scrubbed', await shown(), [wantedAt(last - 2)]));

  await browser.evaluate(`document.querySelectorAll('.token')[${BLOCKED}].click()`);
  await browser.evaluate(clickOn('all heads'));
  await browser.evaluate(clickOn('Block the write'));
  await until(browser, `${IDLE} && document.querySelector('.moved') !== null`);
  await browser.evaluate(`document.querySelectorAll('.token')[${BLOCKED}].focus()`);
  await press(browser, 'ArrowRight');
  await until(browser, lookedAt(BLOCKED + 1));
  const [before, after] = [plain[BLOCKED + 1], blocked[BLOCKED + 1]];
  if (!before || !after) return [...faults, `expected more than ${BLOCKED + 1} tokens, got ${ids.length}`];
  faults.push(...differences('blocked', await shown(), [before, after]));

  // Changes that come faster than the text is read again: the page must come to rest, with the last of them.
  await browser.evaluate(`document.querySelector('.factor input').focus()`);
  await press(browser, 'ArrowLeft', 3);
  await until(
    browser,
    `${IDLE} && document.querySelectorAll('.held li').length === 2 && document.querySelector('.moved') !== null`,
  );
  const moved = before.reduce((most, p, id) => Math.max(most, Math.abs(p - (after[id] ?? 0))), 0);
  if (moved < 10 * TOLERANCE) faults.push(`blocked: expected a change that can be told, got ${moved}`);
  if (ids.length < PROMPT.split(' ').length + 2) faults.push(`expected a text, got ${ids.length} tokens`);
  return faults;
}

async function screenshot(browser: Browser, path: string): Promise<void> {
  const { data } = await browser.send('Page.captureScreenshot', {
    captureBeyondViewport: true,
    format: 'png',
  });
  await writeFile(path, String(data), 'base64');
}

/** How wide the page may be seen: nothing may be cut off. */
async function layoutFaults(browser: Browser, name: string, folder?: string): Promise<string[]> {
  const faults: string[] = [];
  for (const width of [400, 1600]) {
    const size = { width, height: 900, deviceScaleFactor: 1, mobile: false };
    await browser.send('Emulation.setDeviceMetricsOverride', size);
    const found = Number(await browser.evaluate('document.documentElement.scrollWidth'));
    if (found > width) faults.push(`${name}: expected a page of ${width} px, got ${found}`);
    if (folder !== undefined) await screenshot(browser, join(folder, `${name}-${width}.png`));
  }
  return faults;
}

/** The experiments: what the page says of theory. */
async function experiments(browser: Browser): Promise<string[]> {
  await browser.evaluate(`location.hash = '#conditioning'`);
  await until(browser, `document.querySelector('svg.curves polyline') !== null`);
  const verdicts = (await browser.evaluate(
    `[...document.querySelectorAll('.numbers tbody td:last-child')].map(({ textContent }) => textContent)`,
  )) as string[]; // as the expression says
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'as predicted')
    ? []
    : [`experiments: expected responses as predicted, got [${verdicts.join(', ')}]`];
}

/** `pavlov play` on a free port: its address, and what ends it. */
async function served(run: string): Promise<{ url: string; end: () => void }> {
  const child = spawn(process.execPath, [MAIN, 'play', run, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [url] = /http:\S+/.exec(line) ?? [];
    if (url !== undefined) return { url, end: () => void child.kill('SIGINT') };
  }
  throw new Error('pavlov play ended without an address');
}

/** The static site, made where onnxruntime-web is installed. */
async function writeSite(run: string, scratch: string, modules: string): Promise<string> {
  const project = join(scratch, 'project');
  await mkdir(project);
  await symlink(modules, join(project, 'node_modules'));
  const args = [MAIN, 'play', run, '--out', join(scratch, 'site')];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  if (status !== 0) throw new Error(`pavlov play --out: ${stderr}`);
  return join(scratch, 'site');
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { modules: { type: 'string' }, screenshots: { type: 'string' } },
  });
  const [given] = positionals;
  const chromium = findChromium();
  if (given === undefined || values.modules === undefined || chromium === undefined) {
    console.error('checkPlay: expected RUN, --modules FOLDER and a Chromium; see the head of this file');
    return 2;
  }
  const run = resolve(given);
  const scratch = await mkdtemp(join(tmpdir(), 'pavlov-play-'));
  const { model } = await openTrainedModel(run);
  const site = await writeSite(run, scratch, resolve(values.modules));
  const { server, origin } = await serve({ site });
  const own = await served(run);
  const browser = await Browser.open(chromium, join(scratch, 'profile'));
  try {
    const asServed = await inPage(browser, own.url, () => playThere(browser, model));
    // The experiments here, where they have been made already.
    const asSite = await inPage(browser, `${origin}/site/`, async () => [
      ...(await playThere(browser, model)),
      ...(await layoutFaults(browser, 'story', values.screenshots)),
      ...(await experiments(browser)),
      ...(await layoutFaults(browser, 'conditioning', values.screenshots)),
    ]);
    const faults = [asSite, asServed].flatMap(({ result, faults: heard }) => [...result, ...heard]);
    for (const fault of faults) console.error(fault);
    console.log(`a static site and a served page, ${faults.length} faults`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    await browser.close();
    own.end();
    server.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

process.exitCode = await main();
