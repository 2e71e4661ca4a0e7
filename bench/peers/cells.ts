import { required } from '../../src/core/required.js';
import { resolveConfig } from '../../train/config/resolveConfig.js';
import type { RunConfig } from '../../train/config/schema.js';
import { REFERENCE_OPTIMIZER } from '../reference.js';

/** What is timed: training steps, or tokens read one after another. */
type Work = 'train' | 'decode';

interface Shape {
  readonly title: string;
  readonly work: Work;
  readonly preset: string;
  readonly sets: readonly string[];
  /** Answers in a row; where they are absent every token is answered. */
  readonly answers?: number;
}

const train = { work: 'train', preset: 'tiny' } as const;

/** Sizes of models and batches by name. */
const SHAPES = {
  reference: {
    ...train,
    title: 'the reference: width 128, 4 layers, 16 rows of 256',
    sets: [],
  },
  recall: {
    ...train,
    title: 'recall: width 64, 2 layers, vocabulary 8,192, 64 rows of 64, 4 answers a row',
    sets: [
      ...['width=64', 'layers=2', 'heads=2', 'mlpWidth=128', 'gate=none'].map((set) => `model.${set}`),
      ...['tokenizer.vocabularySize=8192', 'train.batchSize=64', 'train.sequenceLength=64'],
    ],
    answers: 4,
  },
  wide: {
    ...train,
    title: 'width 256, 4 layers, 4 rows of 1,024',
    sets: [
      ...['model.width=256', 'model.heads=8', 'model.mlpWidth=1024'],
      ...['train.batchSize=4', 'train.sequenceLength=1024'],
    ],
  },
  long: {
    ...train,
    title: 'width 128, 4 layers, one row of 8,192',
    sets: ['train.batchSize=1', 'train.sequenceLength=8192'],
  },
  small: {
    ...train,
    preset: 'small',
    title: 'small: width 256, 8 layers, vocabulary 8,192, 4 of its 32 rows of 512',
    sets: ['train.batchSize=4'],
  },
  'decode-1': {
    title: 'decoding one row',
    work: 'decode',
    preset: 'tiny',
    sets: ['train.batchSize=1'],
  },
  'decode-32': {
    title: 'decoding 32 rows',
    work: 'decode',
    preset: 'tiny',
    sets: ['train.batchSize=32'],
  },
} satisfies Readonly<Record<string, Shape>>;

/** Ways of mixing tokens that the PyTorch side knows, by name. */
const RULES = {
  delta: ['model.rule=delta'],
  hebbian: ['model.rule=hebbian'],
  'delta-channel': ['model.rule=delta', 'model.gate=channel'],
  softmax: ['model.mixer=softmax'],
} satisfies Readonly<Record<string, readonly string[]>>;

export const shapeNames = Object.keys(SHAPES);
export const ruleNames = Object.keys(RULES);

/** One line of the table. */
export interface Cell extends Shape {
  /** Shape and rule. */
  readonly name: string;
  readonly rule: string;
  readonly config: RunConfig;
}

/** The config of a shape under a rule. */
export async function cellOf(shapeName: string, rule: string, sets: readonly string[] = []): Promise<Cell> {
  // The casts: names from the command line, of which unknown ones are refused.
  const shape = required((SHAPES as Record<string, Shape>)[shapeName], `a shape named '${shapeName}'`);
  const own = required((RULES as Record<string, readonly string[]>)[rule], `a rule named '${rule}'`);
  const config = await resolveConfig({
    preset: shape.preset,
    overrides: { optimizer: { name: REFERENCE_OPTIMIZER, learningRate: 1e-3 } },
    sets: [
      ...own.filter((set) => !(shapeName === 'recall' && set.startsWith('model.gate'))),
      ...shape.sets,
      ...sets,
    ],
  });
  return { ...shape, name: `${shapeName} ${rule}`, rule, config };
}
