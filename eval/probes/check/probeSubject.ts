import { DEFAULT_TOKENIZER, encodeStories, runWork, tokenizers, toyStories } from '../../../data/index.js';
import { lookUp } from '../../../src/core/errors.js';
import { Rng } from '../../../src/core/rng.js';
import type { Engine } from '../../../src/engine/engine.js';
import { gates } from '../../../src/gates/registry.js';
import { rules } from '../../../src/rules/registry.js';
import type { ModelOptions } from '../../../src/model/config.js';
import { Model } from '../../../src/model/model.js';
import type { Probe, ProbeReport, ProbeSubject } from '../../contract.js';

/** A small model, as it is before training. */
const MODEL: ModelOptions = {
  width: 8,
  layers: 2,
  heads: 2,
  keySize: 4,
  valueSize: 6,
  mlpWidth: 8,
  rule: Object.keys(rules)[0] ?? '',
  gate: Object.keys(gates)[0] ?? '',
  chunkSize: 8,
};

/** Built-in stories: so many to train the tokenizer on, and so many that the probe is given. */
const [TRAINED, STORIES] = [300, 40];

/** A probe on one engine, and a small untrained model on built-in stories that it is asked about. */
export class ProbeCase {
  /** How far the probe has said it is, in order. */
  readonly progress: number[] = [];
  private first: Promise<ProbeReport> | undefined;

  private constructor(
    readonly probe: Probe,
    readonly subject: ProbeSubject,
    private readonly end: () => Promise<void>,
  ) {}

  static async open(probe: Probe, engine: Engine, end: () => Promise<void>): Promise<ProbeCase> {
    const { train, validation } = toyStories();
    const kind = lookUp('tokenizer', tokenizers, DEFAULT_TOKENIZER.name);
    const tokenizer = await runWork(
      kind.train(train.slice(0, TRAINED), { vocabularySize: 600 }),
      {},
      { doing: '' },
    );
    const subject = {
      engine,
      tokenizer,
      shape: { batchSize: 4, sequenceLength: 64 },
      rng: Rng.fromSeed(1),
      model: Model.create({ ...MODEL, vocabularySize: tokenizer.vocabularySize }, 3),
      validation: encodeStories(validation.slice(0, STORIES), tokenizer),
    };
    return new ProbeCase(probe, subject, end);
  }

  /** What it finds, asked once. */
  async report(): Promise<ProbeReport> {
    this.first ??= this.ask({ onProgress: (part) => this.progress.push(part) });
    return this.first;
  }

  /** What it finds, asked anew with a stream of the same seed. */
  async ask(change: Partial<ProbeSubject> = {}): Promise<ProbeReport> {
    return this.probe.run({ ...this.subject, rng: Rng.fromSeed(1), ...change });
  }

  /** The same model with other settings, or with every weight the same number. */
  variant(change: Partial<ModelOptions>, fill?: number): Model {
    const model = Model.create({ ...this.subject.model.config, ...change }, 3);
    if (fill !== undefined) {
      const all = model.weights.map(({ name, shape, variable }) => {
        return [name, { shape: [...shape], data: new Float32Array(variable.size).fill(fill) }] as const;
      });
      model.loadWeights(new Map(all));
    }
    return model;
  }

  /** All numbers of the model, as its engine has them. */
  async weights(): Promise<Float32Array[]> {
    const { engine, model } = this.subject;
    await engine.pull(model.variables);
    return Promise.all(model.variables.map(async (variable) => Float32Array.from(await variable.data())));
  }

  async dispose(): Promise<void> {
    this.subject.model.dispose();
    await this.end();
  }
}
