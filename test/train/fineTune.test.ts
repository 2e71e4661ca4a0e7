import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../../src/checkpoint/store.js';
import { CheckpointError, ConfigError } from '../../src/core/errors.js';
import { fineTuneConfig, resumeRun, trainRun, type RunConfig, type TrainEvent } from '../../train/index.js';
import { temporaryFolder } from '../support/folder.js';
import { smallRun, writeStories } from './smallRun.js';

const home = temporaryFolder();

/** A run of a few updates, and other text to go on with. */
const base = await (async () => {
  const source = await writeStories(join(home, 'first'));
  const config = await smallRun(source, join(home, 'base'), { train: { steps: 4, evalEvery: null } });
  const { out } = await trainRun({ config });
  return { out, source, other: await writeStories(join(home, 'second'), 30) };
})();

const tuned = (out: string, train: Partial<RunConfig['train']> = {}): Promise<RunConfig> =>
  fineTuneConfig({
    from: base.out,
    overrides: { data: { source: base.other }, train, out: join(home, out) },
  });

describe('fine-tuning', () => {
  it('begins at step 0 with weights and tokenizer of the checkpoint, on the other text, and says where from', async () => {
    const events: TrainEvent[] = [];
    const config = await tuned('at-once', { steps: 1 });
    // A rate of almost 0: what is saved after one update is what it began with.
    const still = { ...config, optimizer: { ...config.optimizer, learningRate: 1e-30, weightDecay: 0 } };
    const { out, step } = await trainRun({ config: still, onEvent: (event) => events.push(event) });
    const [first, saved] = [await loadCheckpoint(base.out), await loadCheckpoint(out)];
    expect(step).toBe(1);
    expect(saved.tokenizer).toEqual(first.tokenizer);
    for (const [name, { data }] of first.weights) expect(saved.weights.get(name)?.data).toEqual(data);
    expect(events.find(({ type }) => type === 'start')).toMatchObject({
      step: 0,
      text: { trainStories: 30 },
    });
    expect(saved.config.from).toEqual({ checkpoint: first.path, step: 4, weights: config.from?.weights });
    expect(saved.config.data).toMatchObject({ source: base.other });
    const lines = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ step: 1 });
  });

  it('gives the same bytes when it is stopped and resumed, also from an earlier checkpoint, as after a kill', async () => {
    const whole = await trainRun({ config: await tuned('whole', { steps: 6, saveEvery: 2, keep: 9 }) });
    const halves = await trainRun({
      config: await tuned('halves', { steps: 6, saveEvery: 2, keep: 9 }),
      stopAfter: 3,
    });
    await resumeRun({ folder: halves.out });
    const expected = await loadCheckpoint(whole.out);
    for (const folder of [halves.out, await killedAfter(whole.out, 4)]) {
      const { weights, optimizer, cursor, config } = await loadCheckpoint(folder);
      expect(weights).toEqual(expected.weights);
      expect(optimizer).toEqual(expected.optimizer);
      expect(cursor).toEqual(expected.cursor);
      expect(config.from).toEqual(expected.config.from);
    }
  });

  it('can be fine-tuned again, and is no longer what it was fine-tuned from', async () => {
    const { out } = await trainRun({ config: await tuned('once', { steps: 1 }) });
    const { from } = await fineTuneConfig({ from: out });
    expect(from).toMatchObject({ checkpoint: join(out, 'step-000001'), step: 1 });
  });

  it('refuses another model or tokenizer, whose weights do not fit, with the reason', async () => {
    const width = fineTuneConfig({ from: base.out, sets: ['model.width=32'] });
    await expect(width).rejects.toThrow(ConfigError);
    await expect(width).rejects.toThrow(
      /^config\.model: expected that of the checkpoint to be fine-tuned .*"width":32/s,
    );
    await expect(width).rejects.toThrow('its weights fit no other, so leave it out, or train a new run');
    const size = fineTuneConfig({ from: base.out, sets: ['tokenizer.name=compact'] });
    await expect(size).rejects.toThrow(/^config\.tokenizer: expected that of the checkpoint/);
    await expect(fineTuneConfig({ from: base.out, sets: ['train.step=3'] })).rejects.toThrow("got 'step'");
  });

  it('refuses a checkpoint that is gone, has changed, or is of a training on a task', async () => {
    await expect(fineTuneConfig({ from: join(home, 'nowhere') })).rejects.toThrow(CheckpointError);
    const config = await tuned('changed', { steps: 1 });
    const changed = { ...config, from: { ...config.from!, weights: 'f'.repeat(64) } };
    await expect(trainRun({ config: changed })).rejects.toThrow(/expected the weights of step 4/);
    const { path, run, ...contents } = await loadCheckpoint(base.out);
    expect(path).toContain(run);
    const task = join(home, 'task');
    await saveCheckpoint(task, { ...contents, config: { ...contents.config, task: {} } });
    await expect(fineTuneConfig({ from: task })).rejects.toThrow(
      'expected a run on text, got a training on a task',
    );
  });

  it('is what a refused change of the text points to', async () => {
    const resumed = resumeRun({ folder: base.out, sets: [`data.source=${base.other}`, 'train.steps=9'] });
    await expect(resumed).rejects.toThrow(
      `or fine-tune on the other text with 'pavlov train --from ${join(base.out, 'step-000004')} --data ${base.other}'`,
    );
  });
});

/** The folder of a run as a kill after this step would leave it, resumed. */
async function killedAfter(out: string, step: number): Promise<string> {
  await resumeRun({ folder: join(out, `step-${String(step).padStart(6, '0')}`) });
  return out;
}
