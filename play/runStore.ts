import { Rng } from '../src/core/rng.js';
import { Sampler } from '../src/model/sample.js';
import type { PlayModel, PlayStep, SavedState, Shares } from '../web/index.js';
import { changeAt, firstChanged, patchesOf, withIntervention, type Intervention } from './view/changes.js';
import { headsOf, type HeadPlace } from './view/memories.js';

export interface WriteOptions {
  readonly prompt: string;
  /** Most tokens to write after it. */
  readonly tokens: number;
  /** 0 takes the most probable token. */
  readonly temperature: number;
  readonly seed: number;
}

/** What a page shows of one run. */
export interface RunState {
  /** The text token by token: the start, the prompt, and what the model wrote. */
  readonly steps: readonly PlayStep[];
  /** How many of them were given: the start and the prompt. */
  readonly given: number;
  /** The place that is looked at. */
  readonly token: number;
  /** The head that is looked at; absent in a model without memories. */
  readonly head?: HeadPlace;
  readonly interventions: readonly Intervention[];
  /** The same text under the interventions. */
  readonly changed?: readonly PlayStep[];
  /** What the model writes from the token on under the interventions. */
  readonly continuation?: string;
  readonly busy?: 'writing' | 'reading again' | 'reading the other text' | 'tracing the reads';
  readonly error?: string;
  /** What the read-outs of a layer owe to each token, of the text that is shown. */
  readonly traced?: { readonly layer: number; readonly of: readonly PlayStep[]; readonly shares: Shares };
}

type Busy = NonNullable<RunState['busy']>;

/** Lets the page be drawn and hear its user: a runtime in the page gives no other turn. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
/** Tokens that are read again between two turns. */
const TURN = 8;

/** A run that is played with: its text, what is looked at, and what is changed. One task of the model at a time. */
export class RunStore {
  state: RunState;
  private readonly listeners = new Set<() => void>();
  private ending = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private writing: WriteOptions = { prompt: '', tokens: 0, temperature: 0, seed: 1 };

  constructor(readonly model: PlayModel) {
    const [head] = headsOf(model.facts);
    this.state = { steps: [], given: 0, token: 0, interventions: [], ...(head && { head }) };
  }

  /** Calls back after every change of the state; gives the function that ends it. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Reads a prompt from an empty memory and writes on. Changes of single tokens are taken back. */
  write(options: WriteOptions): Promise<void> {
    this.writing = options;
    return this.task('writing', async (signal) => {
      const { model } = this;
      const ids = [model.tokenizer.endOfText, ...model.tokenizer.encode(options.prompt)];
      const interventions = this.state.interventions.filter((one) => !('token' in one));
      this.set({ ...this.plain(), steps: [], token: 0, given: ids.length, interventions });
      model.reset();
      const steps: PlayStep[] = [];
      const show = (step: PlayStep): Promise<void> => {
        steps.push(step);
        this.set({ ...this.state, steps: [...steps], token: steps.length - 1 });
        return turn();
      };
      for (const id of ids) {
        if (signal.aborted) return;
        await show(await model.step(id));
      }
      for await (const step of this.drawn(steps, options, signal)) await show(step);
      await this.readAgain(signal);
    });
  }

  /** Ends what the model does at the moment. */
  stop(): void {
    const { busy } = this.state;
    this.ending.abort();
    if (busy === 'writing') void this.task('reading again', (signal) => this.readAgain(signal));
  }

  /** Looks at another token. */
  look(token: number): void {
    const last = Math.max(0, this.state.steps.length - 1);
    this.set({ ...this.state, token: Math.min(last, Math.max(0, token)) });
  }

  /** Looks at another head, whose reads are traced when all else is done. */
  choose(head: HeadPlace): Promise<void> {
    this.set({ ...this.state, head });
    if (this.ending.signal.aborted) this.ending = new AbortController();
    return this.queue('tracing the reads', async () => undefined);
  }

  /** Makes a change, in place of one of the same thing. */
  change(added: Intervention): Promise<void> {
    return this.changeTo(withIntervention(this.state.interventions, added));
  }

  /** Sets all changes; the text is read again under them. */
  changeTo(interventions: readonly Intervention[]): Promise<void> {
    this.set({ ...this.plain(), interventions });
    return this.task('reading again', (signal) => this.readAgain(signal));
  }

  /** Puts the memory as it is after another text in place of that before a token. */
  patch(text: string, place: Pick<Intervention, 'at' | 'reach'> & { readonly token: number }): Promise<void> {
    return this.task('reading the other text', async (signal) => {
      const { model } = this;
      let from: SavedState | undefined;
      model.reset();
      for (const id of [model.tokenizer.endOfText, ...model.tokenizer.encode(text)]) {
        if (signal.aborted) return;
        from = (await model.step(id)).state;
      }
      if (!from) return;
      const added: Intervention = { kind: 'patch', text, from, ...place };
      this.set({ ...this.plain(), interventions: withIntervention(this.state.interventions, added) });
      await this.readAgain(signal);
    });
  }

  /** Writes on from the token that is looked at, under the changes. */
  goOn(): Promise<void> {
    return this.task('writing', async (signal) => {
      const { steps, changed = steps, token } = this.state;
      const read = changed.slice(0, token + 1);
      const last = read.at(-1);
      if (!last) return;
      this.model.restore(last.state);
      this.set({ ...this.state, continuation: '' });
      const ids: number[] = [];
      for await (const { id } of this.drawn(read, this.writing, signal)) {
        ids.push(id);
        this.set({ ...this.state, continuation: this.model.tokenizer.decode(ids) });
        await turn();
      }
    });
  }

  /** Finds what the read-outs of the chosen head's layer owe to each token, unless that is known. */
  private async traceReads(signal: AbortSignal): Promise<void> {
    const { head, traced } = this.state;
    const of = this.state.changed ?? this.state.steps;
    if (!head || of.length === 0 || (traced?.of === of && traced.layer === head.layer)) return;
    this.set({ ...this.state, busy: 'tracing the reads' });
    await turn();
    const shares = await this.model.shares(of, head.layer);
    if (signal.aborted) return;
    this.set({ ...this.state, traced: { layer: head.layer, of, shares } });
    await this.traceReads(signal); // another head may have been chosen meanwhile
  }

  /** Tokens drawn after those read, each read under the changes of its place. */
  private async *drawn(
    read: readonly PlayStep[],
    { tokens, temperature, seed }: WriteOptions,
    signal: AbortSignal,
  ): AsyncGenerator<PlayStep, void> {
    const { model } = this;
    const { continuation, interventions } = this.state;
    const sampler = new Sampler({ temperature });
    const rng = Rng.fromSeed(seed).derive('generate');
    let logits = read.at(-1)?.logits;
    for (let place = read.length, i = 0; logits && i < tokens; place++, i++) {
      const id = sampler.draw(logits, rng);
      if (signal.aborted || id === model.tokenizer.endOfText) return;
      const change = continuation === undefined ? undefined : changeAt(model.facts, interventions, place);
      const step = await model.step(id, change);
      logits = step.logits;
      yield step;
    }
  }

  /** Reads the text again under the changes, from the first token that they touch on. */
  private async readAgain(signal: AbortSignal): Promise<void> {
    const { model } = this;
    const { steps, interventions } = this.state;
    const first = firstChanged(interventions);
    if (first >= steps.length) return;
    const patches = patchesOf(model.facts, interventions);
    const changed = steps.slice(0, first);
    const before = changed.at(-1);
    if (before) model.restore(before.state);
    else model.reset();
    for (const [i, { id }] of steps.slice(first).entries()) {
      if (signal.aborted) return;
      const place = first + i;
      if (i % TURN === TURN - 1) await turn();
      for (const { before: token, layer, memory, from } of patches) {
        if (token === place) model.patch(layer, memory, from);
      }
      changed.push(await model.step(id, changeAt(model.facts, interventions, place)));
    }
    this.set({ ...this.state, changed });
  }

  /** The state without what follows from changes or went wrong before. */
  private plain(): RunState {
    const { changed: _changed, continuation: _continuation, error: _error, ...rest } = this.state;
    return rest;
  }

  /** Runs a task in place of the one before, which is told to end. */
  private task(busy: Busy, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.ending.abort();
    this.ending = new AbortController();
    return this.queue(busy, work);
  }

  /** Runs a task once the one before has ended; then traces what its text reads. */
  private queue(busy: Busy, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.ending;
    this.running = this.running.then(async () => {
      if (signal.aborted) return;
      const { error: _error, ...rest } = this.state;
      this.set({ ...rest, busy });
      try {
        await work(signal);
        if (!signal.aborted) await this.traceReads(signal);
      } catch (error) {
        this.set({ ...this.state, error: error instanceof Error ? error.message : String(error) });
      }
      const { busy: _busy, ...idle } = this.state;
      this.set(idle);
    });
    return this.running;
  }

  private set(state: RunState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}
