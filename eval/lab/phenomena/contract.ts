import { phase, trial, US, type LabHead, type Phase, type Script } from '../script.js';
import type { LabSetting } from '../setting.js';

/** One number of an experiment: the response to a probe at the end of a phase. */
export interface Reading {
  /** Key of `conditions`. */
  readonly condition: string;
  /** Counted from 0. */
  readonly phase: number;
  readonly probe: Readonly<Record<string, number>>;
  /** Name of the US. */
  readonly outcome: string;
  /** A phase whose response is taken off: the reading is then a change. */
  readonly since?: number;
  /** The layer that is read, counted from 0. Default 0. */
  readonly layer?: number;
}

/** An experiment of classical conditioning. A new one is an object in one file and one line in the registry. */
export interface Phenomenon {
  readonly name: string;
  readonly title: string;
  /** What it is about, in the notation of learning theory: `A+ then AB+`. */
  readonly design: string;
  conditions(setting: LabSetting): Readonly<Record<string, Script>>;
  readonly readings: Readonly<Record<string, Reading>>;
  /** The reading that a picture shows in time. Default: the first of the last phase. */
  readonly shows?: string;
}

/** The response to A (or other stimuli) alone after a phase of a condition. */
export function reading(condition: string, at: number, stimulus = 'A', outcome: string = US): Reading {
  return { condition, phase: at, probe: { [stimulus]: 1 }, outcome };
}

/** The response to several stimuli together, each at some intensity. */
export function readingOf(condition: string, at: number, probe: Readonly<Record<string, number>>): Reading {
  return { condition, phase: at, probe, outcome: US };
}

/** A script of one head that writes with the setting's strength and forgets nothing, unless told. */
export function script({ beta }: LabSetting, phases: readonly Phase[], decay = 1): Script {
  const head: LabHead = { beta, decay };
  return { phases, heads: [head] };
}

/** `n` trials of stimuli at full intensity, with a US of some size. */
export function trials(n: number, stimuli: string, size = 0, chance = 1): Phase {
  return phase(n, shown(stimuli, size, chance));
}

/** One trial of stimuli between blanks, each at full intensity; '' for none. */
export function shown(stimuli: string, size = 0, chance = 1): ReturnType<typeof trial> {
  const names = stimuli.split(' ').filter((name) => name !== '');
  return trial(Object.fromEntries(names.map((name) => [name, 1])), size, chance);
}
