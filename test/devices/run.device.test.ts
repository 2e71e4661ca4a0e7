import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { ProbeReport } from '../../cli/verbs/doctor/probeChild.js';
import { tf } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { trainRun } from '../../train/run.js';
import { testDevice, type DeviceName } from '../support/device.js';
import { temporaryFolder } from '../support/folder.js';
import { pavlov, pavlovHere } from '../support/pavlov.js';
import { smallRun, steadyClock, writeStories } from '../train/smallRun.js';

const folder = temporaryFolder();
const source = await writeStories(folder);
const runOf = (device: DeviceName): string => join(folder, device);

interface Logged {
  readonly type: string;
  readonly loss?: number;
  readonly lossNats?: number;
}

/** Graphs for the device are compiled once for all engines, as long as one is there. */
const engine = await createEngine({ device: testDevice });
await engine.compile(() => tf.ones([1]))();
afterAll(() => engine.dispose());

const sparing = { steps: 12, evalEvery: 6, sampleEvery: null, diagnosticsEvery: 12, saveEvery: 6 };

/** Trains 12 steps, validations and a measurement of the memories among them, and gives all losses. */
async function train(device: DeviceName): Promise<number[]> {
  const config = await smallRun(source, runOf(device), { engine: { device }, train: sparing });
  await trainRun({ config, clock: steadyClock() });
  const lines = (await readFile(join(runOf(device), 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return lines.flatMap((line) => {
    const { loss, lossNats } = JSON.parse(line) as Logged;
    return loss ?? lossNats ?? [];
  });
}

/** Nats per token of the run that the device trained. */
async function evaluate(device: DeviceName): Promise<number> {
  const out = ['--out', join(folder, `eval-${device}`)];
  const args = ['eval', runOf(testDevice), '--probes', 'lm', '--device', device, '--json', ...out];
  const { code, stdout } = await pavlovHere(args);
  expect(code).toBe(0);
  const { results } = JSON.parse(stdout) as { results: { metric: string; value: number }[] };
  return results.find(({ metric }) => metric === 'natsPerToken')!.value;
}

describe(`a run on ${testDevice}`, () => {
  it('has the losses of cpu, and so has its evaluation', async () => {
    const [wanted, got] = [await train('cpu'), await train(testDevice)];
    expect(wanted.length).toBeGreaterThan(12);
    expect(got.length).toBe(wanted.length);
    got.forEach((loss, i) => expect(Math.abs(loss / wanted[i]! - 1), `loss ${i}`).toBeLessThan(1e-3));
    expect(Math.abs((await evaluate(testDevice)) / (await evaluate('cpu')) - 1)).toBeLessThan(1e-5);
  });

  it('generates the text of cpu, and ends with its exit code', async () => {
    const text = (device: DeviceName) =>
      pavlov(['generate', runOf(testDevice), '--temperature', '0', '--tokens', '12', '--device', device]);
    const [wanted, got] = [await text('cpu'), await text(testDevice)];
    expect([got.code, got.stdout]).toEqual([0, wanted.stdout]);
  });
});

/** What `pavlov doctor` finds of the device. */
function probe(env: Readonly<Record<string, string>> = {}): ProbeReport {
  const child = fileURLToPath(new URL('../../cli/verbs/doctor/probeChild.ts', import.meta.url));
  const options = JSON.stringify([{ engine: 'graph', device: testDevice }]);
  const args = ['--import', import.meta.resolve('tsx'), child, options];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  expect(status).toBe(0);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ProbeReport;
}

describe('the probe of pavlov doctor', () => {
  it('says that the device works', () => {
    expect(probe()).toMatchObject({ works: true });
  });

  it.runIf(testDevice === 'webgpu')('says in a sentence what to do where there is no adapter', () => {
    expect(probe({ VK_DRIVER_FILES: '/nowhere', VK_ICD_FILENAMES: '/nowhere' })).toEqual({
      works: false,
      reason:
        "engine graph: expected a GPU with a Vulkan, Metal or Direct3D 12 driver for device 'webgpu', got none; " +
        'install its driver, or use --device cpu',
    });
  });
});
