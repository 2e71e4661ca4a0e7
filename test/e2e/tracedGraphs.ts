/**
 * Writes the graphs that the product gives to ONNX Runtime as ONNX files: of rules under gates an update, a
 * validation, diagnostics, a sample, what `pavlov export` and `pavlov play` write; of one model accumulated gradients and all probes; of one task its training.
 * Argument: an empty folder.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { execute } from '../../cli/program.js';
import { openTrainedModel } from '../../eval/index.js';
import { playFiles } from '../../export/index.js';
import { onnxFiles } from '../../export/onnx/onnx.js';
import type { PartialConfig } from '../../train/config/schema.js';
import { trainRun } from '../../train/run.js';
import { COMBINATIONS } from '../support/ruleSets.js';
import { microConfig } from '../train/tasks/microTask.js';
import { smallRun, writeStories } from '../train/smallRun.js';

const [folder = ''] = process.argv.slice(2);
const scratch = join(folder, 'scratch');
const engine = { name: 'graph', device: 'cpu', backend: null, threads: 1 } as const;
const every = {
  steps: 1,
  evalEvery: 1,
  saveEvery: 1,
  sampleEvery: 1,
  diagnosticsEvery: 1,
  sequenceLength: 16,
};
let [model, count] = ['', 0];

// The cast: the engine uses this form of the overloaded function.
const create = InferenceSession.create.bind(InferenceSession) as (
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
) => Promise<InferenceSession>;
InferenceSession.create = (async (bytes: Uint8Array, options: InferenceSession.SessionOptions) => {
  count += 1;
  await writeFile(join(folder, `${String(count).padStart(3, '0')}-${model}.onnx`), bytes);
  return create(bytes, options);
}) as typeof InferenceSession.create;

async function train(name: string, { train, ...rest }: PartialConfig): Promise<string> {
  model = name;
  const out = join(scratch, name);
  await trainRun({
    config: await smallRun(source, out, { engine, train: { ...every, ...train }, ...rest }),
  });
  return out;
}

const played = new Set<string>();

await mkdir(scratch, { recursive: true });
const source = await writeStories(scratch, 4);
async function exportGraphs(out: string, name: string): Promise<void> {
  const trained = await openTrainedModel(out);
  for (const file of await onnxFiles(trained, { cacheLength: 8 })) {
    if (!file.path.endsWith('.onnx')) continue;
    await writeFile(join(folder, `export-${name}-${file.path}`), file.content);
  }
  const { model, tokenizer, checkpoint } = trained;
  // The graphs of play under one gate each: those of the others differ by the decay alone, which the graph above has too.
  if (played.has(model.config.rule)) return model.dispose();
  played.add(model.config.rule);
  for (const { path, content } of playFiles([{ name, step: checkpoint.step, model, tokenizer }], 'server'))
    if (path.endsWith('.onnx')) await writeFile(join(folder, `play-${path.replaceAll('/', '-')}`), content);
  model.dispose();
}

for (const { rule, gate } of COMBINATIONS) {
  const name = `${rule}-${gate}`;
  await exportGraphs(await train(name, { model: { rule, gate } }), name);
}
// Long and wide enough that large tensors take their own nodes, and for every probe but those of many stories.
const large = { train: { accumulationSteps: 2, sequenceLength: 64 }, model: { width: 64 } };
const out = await train('accumulated', large);
const hybrid = { mixer: ['conditioning', 'softmax'], layers: 2, momentumShift: true, keyValueHeads: 1 };
await exportGraphs(await train('hybrid', { model: hybrid }), 'hybrid');
model = 'probes';
const code = await execute(['eval', out, '--data', 'toy', '--stories', '16']);
model = 'task';
const task = await microConfig('induction', { engine });
await trainRun({ config: { ...task, out: join(scratch, 'task') } });
await rm(scratch, { recursive: true });
process.exitCode = code;
