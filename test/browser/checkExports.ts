/**
 * Runs exports of a run in Chromium: the page of examples/browser, built by Vite, by `pavlov-lm/web` and onnxruntime-web,
 * on WebAssembly and, if asked, on WebGPU made of software (half a minute), and the folder for transformers.js by that library. Stories do not end, so that all are of
 * 200 tokens. Fails if a text is not that of `generate`, a build or the console warns of anything, or anything is asked for
 * elsewhere.
 *
 *   tsx test/browser/checkExports.ts RUN --modules FOLDER [--webgpu]
 *
 * The folder holds the packages onnxruntime-web, onnxruntime-common and @huggingface/transformers.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, createLogger } from 'vite';
import { openTrainedModel } from '../../eval/index.js';
import { exportModel } from '../../export/index.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { generateText } from '../../src/model/generate.js';
import { Rng } from '../../src/core/rng.js';
import { inPage, serve, until } from './checkedPage.js';
import { Browser, findChromium } from './checkReportBrowser.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROMPT = 'Once upon a time';
const TOKENS = 200;

/** WebGPU without a GPU. */
const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Counts what a page gives a GPU to do. */
const COUNTING = `window.submitted = 0;
  if (globalThis.GPUQueue) {
    const { submit } = GPUQueue.prototype;
    GPUQueue.prototype.submit = function (commands) { window.submitted++; return submit.call(this, commands); };
  }`;

/** Sets the token that ends a story to one of logit 0, below the largest of any distribution seen here. */
function withoutEnd({ model, tokenizer }: Awaited<ReturnType<typeof openTrainedModel>>): void {
  const table = model.weights.find(({ name }) => name === 'embedding.table');
  if (!table) throw new Error('expected a table of embeddings');
  const { shape, variable } = table;
  const data = variable.dataSync<'float32'>().slice();
  const width = shape[1] ?? 0;
  data.fill(0, tokenizer.endOfText * width, (tokenizer.endOfText + 1) * width);
  model.loadWeights(
    new Map(
      model.weights.map((one) => [
        one.name,
        one === table ? { shape, data } : { shape: one.shape, data: one.variable.dataSync<'float32'>() },
      ]),
    ),
  );
}

/** Builds the example as a user would; gives what Vite warns of. */
async function buildExample(out: string, modules: string): Promise<string[]> {
  const warnings: string[] = [];
  const logger = createLogger('silent');
  const warn = (message: string): void => void warnings.push(`vite: ${message}`);
  Object.assign(logger, { warn, warnOnce: warn });
  await build({
    root: join(ROOT, 'examples/browser'),
    base: './',
    configFile: false,
    customLogger: logger,
    publicDir: false,
    resolve: {
      alias: [
        { find: /^pavlov-lm\/web$/, replacement: join(ROOT, 'web/index.ts') },
        { find: /^onnxruntime-web$/, replacement: join(modules, 'onnxruntime-web/dist/ort.bundle.min.mjs') },
      ],
    },
    // The runtime alone is larger than what Vite warns of.
    build: {
      outDir: out,
      emptyOutDir: true,
      chunkSizeWarningLimit: Infinity,
      rolldownOptions: { checks: { bundlerTimings: false } },
    },
  });
  return warnings;
}

/** A page that writes with transformers.js from files of this server. */
const TRANSFORMERS_PAGE = `<!doctype html><link rel="icon" href="data:,"><title>transformers.js</title>
<script type="importmap">{ "imports": {
  "onnxruntime-web/webgpu": "/modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs",
  "onnxruntime-common": "/modules/onnxruntime-common/dist/esm/index.js",
  "@huggingface/transformers": "/modules/@huggingface/transformers/dist/transformers.web.js"
} }</script>
<script type="module">
import { env, pipeline } from '@huggingface/transformers';
env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = '/page/models/';
env.backends.onnx.wasm.wasmPaths = '/modules/onnxruntime-web/dist/';
try {
  const generate = await pipeline('text-generation', 'run', { dtype: 'fp32', device: 'wasm' });
  const [{ generated_text }] = await generate(${JSON.stringify(PROMPT)}, { max_new_tokens: ${TOKENS}, do_sample: false });
  window.written = generated_text;
} catch (error) {
  window.written = 'failed: ' + error.message;
}
</script>`;

/** What `generate` writes, the prompt before it. */
async function expectedText(trained: Awaited<ReturnType<typeof openTrainedModel>>): Promise<string> {
  const engine = await createEngine({ threads: 1 });
  const sampling = { temperature: 0 };
  const { model, tokenizer } = trained;
  const options = {
    engine,
    model,
    tokenizer,
    prompt: PROMPT,
    tokens: TOKENS,
    sampling,
    rng: Rng.fromSeed(1),
  };
  const text = await generateText(options);
  await engine.dispose();
  return PROMPT + text;
}

/** The faults of the example page: it is used as a person would. */
async function examplePage(
  browser: Browser,
  origin: string,
  wanted: string,
  device: 'WebAssembly' | 'WebGPU',
): Promise<string[]> {
  await browser.send('Page.addScriptToEvaluateOnNewDocument', { source: COUNTING });
  const { result, faults } = await inPage(browser, `${origin}/page/`, async () => {
    await until(browser, `!document.querySelector('button').disabled`);
    await browser.evaluate(`document.querySelector('button').click()`);
    await until(browser, `/tokens in/.test(document.querySelector('#status').textContent)`);
    return browser.evaluate(`({
      submitted: window.submitted,
      text: document.querySelector('output').textContent,
      status: document.querySelector('#status').textContent,
      pictures: document.querySelectorAll('canvas').length,
      named: document.querySelectorAll('canvas[role=img][aria-label]').length,
      shown: [...document.querySelectorAll('canvas')].every((canvas) =>
        canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((x) => x > 0)),
    })`);
  });
  const { submitted, text, status, pictures, named, shown } = result as Record<string, unknown>; // as written above
  console.log(`example page on ${device}: ${String(status)}, ${String(pictures)} memories`);
  // The prompt, a token of which is the start of a story, and all that was drawn but the last.
  const isWhole = Number.parseInt(String(status), 10) > TOKENS;
  const isThere = device === 'WebGPU' ? Number(submitted) >= TOKENS : submitted === 0;
  return [
    ...faults,
    ...(text === wanted ? [] : [`example page: expected '${wanted}', got '${String(text)}'`]),
    ...(isWhole ? [] : [`example page: expected ${TOKENS} tokens, got '${String(status)}'`]),
    ...(isThere
      ? []
      : [`example page: expected work on ${device}, got ${String(submitted)} commands for a GPU`]),
    ...(Number(pictures) > 0 && shown === true ? [] : ['example page: expected pictures of memories']),
    ...(named === pictures
      ? []
      : [`example page: expected ${String(pictures)} named pictures, got ${String(named)}`]),
  ];
}

async function transformersPage(browser: Browser, origin: string, wanted: string): Promise<string[]> {
  const { result, faults } = await inPage(browser, `${origin}/page/transformers.html`, async () => {
    await until(browser, `window.written !== undefined`);
    return browser.evaluate('window.written');
  });
  console.log(`transformers.js: ${String(result).length} characters`);
  return [
    ...faults,
    ...(result === wanted ? [] : [`transformers.js: expected '${wanted}', got '${String(result)}'`]),
  ];
}

/** Works in a browser with a GPU made of software. */
async function onGpu<T>(
  chromium: string,
  profile: string,
  work: (browser: Browser) => Promise<T>,
): Promise<T> {
  const browser = await Browser.open(chromium, profile, SOFTWARE_GPU);
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { modules: { type: 'string' }, webgpu: { type: 'boolean', default: false } },
  });
  const [run] = positionals;
  const chromium = findChromium();
  if (run === undefined || values.modules === undefined || chromium === undefined) {
    console.error('checkExports: expected RUN, --modules FOLDER and a Chromium; see the head of this file');
    return 2;
  }
  const modules = resolve(values.modules);
  const scratch = await mkdtemp(join(tmpdir(), 'pavlov-exports-'));
  const page = join(scratch, 'page');
  const trained = await openTrainedModel(run);
  withoutEnd(trained);
  const wanted = await expectedText(trained);
  const warnings = await buildExample(page, modules);
  await exportModel(trained, 'onnx', join(page, 'model'));
  await exportModel(trained, 'transformers.js', join(page, 'models/run'));
  await writeFile(join(page, 'transformers.html'), TRANSFORMERS_PAGE);
  const { server, origin } = await serve({ page, modules });
  const browser = await Browser.open(chromium, join(scratch, 'profile'));
  try {
    const faults = [
      ...warnings,
      ...(await examplePage(browser, origin, wanted, 'WebAssembly')),
      ...(await transformersPage(browser, origin, wanted)),
      ...(values.webgpu
        ? await onGpu(chromium, join(scratch, 'gpu'), (gpu) => examplePage(gpu, origin, wanted, 'WebGPU'))
        : []),
    ];
    for (const fault of faults) console.error(fault);
    console.log(`${wanted.length} characters expected, ${faults.length} faults`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    await browser.close();
    server.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

process.exitCode = await main();
