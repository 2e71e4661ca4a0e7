import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOutput, createStatusLine } from '../../cli/output.js';
import { TrainView } from '../../cli/trainView.js';
import { visible } from '../../src/core/visible.js';
import type { StepEvent, TrainEvent } from '../../train/index.js';
import { fakeStream, screenOf, type FakeStream } from '../support/terminal.js';

const stepAt = (step: number): StepEvent => ({
  type: 'step',
  step,
  loss: 2.34567,
  gradNorm: 1,
  learningRate: 0.01,
  tokens: 4096 * step,
  tokensPerSecond: 8241.4,
  elapsedMs: 1000 * step,
  progress: step / 8,
});

const validation: TrainEvent = {
  type: 'validation',
  step: 4,
  tokens: 16_384,
  loss: 2.3,
  score: 0.8,
  metrics: { loss: 2.1, bitsPerByte: 0.8 },
  parts: [],
  samples: 200,
  final: false,
  best: true,
};

const start: TrainEvent = {
  type: 'start',
  out: 'run',
  step: 0,
  budget: { unit: 'steps', amount: 8, tokensPerUpdate: 4096 },
  parameters: 1000,
  engine: 'graph',
  device: 'cpu',
};

const facts = (step: number, eta: number): string => `step ${step}  loss 2.3457  8,241 tokens/s  ETA ${eta}s`;

/** A view of a run on streams of which one is watched. */
function viewOn(people: FakeStream): TrainView {
  return new TrainView(createOutput(false, { stdout: people, stderr: fakeStream() }));
}

/** Shows updates a second apart. */
function train(view: TrainView, ...steps: readonly number[]): void {
  for (const step of steps) {
    view.show(stepAt(step));
    nowMs += 1000;
  }
}

// How often a line is drawn depends on the clock.
let nowMs = 0;
beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => nowMs));
afterEach(() => void vi.restoreAllMocks());

describe('on a terminal', () => {
  it('one line is drawn over: bar, part, step, loss, speed and time left', () => {
    const people = fakeStream(100);
    train(viewOn(people), 1, 2);
    const bar = `${'█'.repeat(10)}${'░'.repeat(30)}`;
    expect(screenOf(people)).toEqual([`${bar}  25 %  ${facts(2, 6)}`]);
  });

  it('no more than ten times a second', () => {
    const people = fakeStream(100);
    const view = viewOn(people);
    for (let step = 1; step <= 8; step++) {
      view.show(stepAt(step));
      nowMs += 30;
    }
    expect(people.text.match(/step \d/g)).toEqual(['step 1', 'step 5']);
  });

  it('what is said stays above it and leaves nothing of it behind', () => {
    const people = fakeStream(120);
    const view = viewOn(people);
    train(view, 4);
    view.show(validation);
    expect(screenOf(people)).toEqual([
      '       step 4  validation 2.1000 nats/token  0.8000 bits/byte (200 samples)  best',
      '',
    ]);
    train(view, 5);
    expect(screenOf(people)[1]).toContain(facts(5, 3));
    view.clear();
    expect(screenOf(people)[1]).toBe('');
  });

  it.each([60, 40, 20, 5])('of %d columns the line is cut, so that it never wraps', (columns) => {
    const people = fakeStream(columns);
    train(viewOn(people), 1, 2, 3, 4);
    const bar = `${'█'.repeat(5)}${'░'.repeat(5)}`;
    expect(screenOf(people)).toEqual([`${bar}  50 %  ${facts(4, 4)}`.slice(0, columns - 1)]);
  });

  it('that is made narrower the next line fits', () => {
    const people = fakeStream(100);
    const view = viewOn(people);
    train(view, 1);
    [people.text, people.columns] = ['', 30];
    train(view, 2);
    expect(screenOf(people)).toHaveLength(1);
  });

  it('without a width 80 columns are taken', () => {
    const people = fakeStream(0);
    createStatusLine(createOutput(false, { stdout: people, stderr: fakeStream() })).show('x'.repeat(200));
    expect(people.text).toBe(`\r\u001b[K${'x'.repeat(79)}`);
  });

  it('beside --json the line is on stderr alone', () => {
    const [stdout, stderr] = [fakeStream(80), fakeStream(80)];
    train(new TrainView(createOutput(true, { stdout, stderr })), 1);
    expect(stdout.text).toBe('');
    expect(stderr.text).toContain('step 1');
  });
});

describe('in a pipe', () => {
  it('there are plain lines without a control character, soon and then less often', () => {
    const people = fakeStream();
    const view = viewOn(people);
    view.show(start);
    people.text = '';
    train(view, ...Array.from({ length: 40 }, (_, i) => i + 1));
    view.show(validation);
    view.clear();
    const lines = people.text.trimEnd().split('\n');
    const stepsOf = lines.flatMap((line) => / % {2}step (\d+) /.exec(line)?.[1] ?? []);
    expect(stepsOf).toEqual(['1', '3', '6', '12', '22', '32']);
    expect(lines[0]).toBe(` 13 %  ${facts(1, 7)}`);
    expect(lines.at(-1)).toBe(
      '       step 4  validation 2.1000 nats/token  0.8000 bits/byte (200 samples)  best',
    );
    expect(visible(people.text)).toBe(people.text);
  });

  it('work on text is told of before two seconds without a word, whatever its parts', () => {
    const people = fakeStream();
    const view = viewOn(people);
    const work = (doing: string, bytes: number): void => {
      nowMs += 900;
      view.progress({ doing, bytes });
    };
    for (const doing of ['reading', 'training the tokenizer', 'encoding']) {
      work(doing, 0);
      work(doing, 1e6);
    }
    expect(people.text).toBe('reading, 1.0 MB\ntraining the tokenizer, 1.0 MB\nencoding, 1.0 MB\n');
  });

  it.each([false, true])('a verb that has a result keeps how far it is apart from it (--json %s)', (json) => {
    const [stdout, stderr] = [fakeStream(), fakeStream()];
    const status = createStatusLine(createOutput(json, { stdout, stderr }));
    status.progress(0.1, 'evaluating');
    nowMs += 2000;
    status.progress(0.5, 'evaluating');
    expect([stdout.text, stderr.text]).toEqual(['', '... 50 %  evaluating\n']);
  });

  it('a warning has no colour', () => {
    const people = fakeStream();
    const message = 'a memory grew';
    // The cast: what else a warning says does not reach people.
    viewOn(people).show({ type: 'warning', step: 1, message } as TrainEvent);
    expect(people.text).toBe('warning: a memory grew\n');
  });
});
