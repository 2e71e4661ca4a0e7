import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOutput, createStatusLine } from '../../cli/output.js';
import { TrainView } from '../../cli/trainView.js';
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
  it('there are plain lines, one in five seconds, without a control character', () => {
    const people = fakeStream();
    const view = viewOn(people);
    train(view, 1, 2, 3, 4, 5, 6);
    view.show(validation);
    view.clear();
    expect(people.text).toBe(
      ` 13 %  ${facts(1, 7)}\n 75 %  ${facts(6, 2)}\n` +
        '       step 4  validation 2.1000 nats/token  0.8000 bits/byte (200 samples)  best\n',
    );
  });

  it('a warning has no colour', () => {
    const people = fakeStream();
    const message = 'a memory grew';
    // The cast: what else a warning says does not reach people.
    viewOn(people).show({ type: 'warning', step: 1, message } as TrainEvent);
    expect(people.text).toBe('warning: a memory grew\n');
  });
});
