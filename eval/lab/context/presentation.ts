import type { ConditioningTrial } from '../../../data/index.js';
import { ConfigError } from '../../../src/core/errors.js';
import type { Rng } from '../../../src/core/rng.js';
import type { Phenomenon, Reading } from '../phenomena/contract.js';
import { courseOf, type Course } from '../script.js';
import type { LabSetting } from '../setting.js';

/** What a learner expects at the beginning of each trial of each row, in units of the US. */
export type Respond = (rows: readonly (readonly ConditioningTrial[])[]) => Promise<readonly number[][]>;

/** One reading as it is taken in one draw: the expectation at the last trial of a row, less that of another. */
export interface Take {
  readonly row: number;
  readonly since?: number;
  /** The same trials with the stimuli in the order of the script. */
  readonly scripted: number;
  readonly scriptedSince?: number;
}

/** A reading of one phenomenon, once a draw. */
export interface PresentedReading {
  readonly phenomenon: string;
  readonly reading: string;
  readonly takes: readonly Take[];
}

/** Everything that is presented to a learner in context. */
export interface Presentation {
  /** Rows to present, the stimuli of each draw on cues of its own. */
  readonly rows: readonly (readonly ConditioningTrial[])[];
  /** The row of `scripted` that each row is, but for the order of the cues. */
  readonly scriptedOf: readonly number[];
  /** The same rows without a change of order, each once: what a rule, to which cues are alike, need be run on. */
  readonly scripted: readonly (readonly ConditioningTrial[])[];
  readonly readings: readonly PresentedReading[];
}

interface PresentOptions {
  readonly phenomena: readonly Phenomenon[];
  readonly setting: LabSetting;
  /** Cues the learner knows. */
  readonly cues: number;
  /** Times that everything is presented, with other cues and other schedules of chance. */
  readonly draws: number;
  readonly rng: Rng;
}

/** Rows by what they hold, each once. */
class RowTable {
  readonly rows: (readonly ConditioningTrial[])[] = [];
  private readonly places = new Map<string, number>();

  placeOf(row: readonly ConditioningTrial[]): number {
    const key = JSON.stringify(row);
    const known = this.places.get(key);
    if (known !== undefined) return known;
    this.places.set(key, this.rows.length);
    return this.rows.push(row) - 1;
  }
}

/** A condition as one draw has it: which trials have their US, and which cue each stimulus is. */
interface Drawn {
  readonly course: Course;
  readonly us: readonly number[];
  readonly order: readonly number[];
}

/** Readings in context: of the first layer, of one US, and none twice where only heads differ. */
function presentable(phenomenon: Phenomenon, setting: LabSetting): [string, Reading][] {
  const scripts = phenomenon.conditions(setting);
  const seen = new Set<string>();
  return Object.entries(phenomenon.readings).filter(([, reading]) => {
    const script = scripts[reading.condition];
    if (!script || (reading.layer ?? 0) > 0 || courseOf(script).outcomes.length > 1) return false;
    const key = JSON.stringify([script.phases, { ...reading, condition: undefined }]);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** A row up to the end of a phase, and the probe as a trial whose US is not told to the learner in time. */
function rowOf(
  { course, us }: Drawn,
  reading: Reading,
  phase: number,
  order: readonly number[],
  cues: number,
) {
  const place = (values: readonly number[]): number[] => {
    const row = new Array<number>(cues).fill(0);
    for (const [i, value] of values.entries()) row[order[i] ?? 0] = value;
    return row;
  };
  const trials = course.steps.slice(0, course.ends[phase]).map(({ k }, t) => ({
    cues: place(k),
    us: us[t] ?? 0,
  }));
  const probe = course.stimuli.map((name) => reading.probe[name] ?? 0);
  return [...trials, { cues: place(probe), us: 0 }];
}

function drawCondition(course: Course, cues: number, rng: Rng): Drawn {
  const order = Array.from({ length: cues }, (_, i) => i);
  for (let i = cues - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  const us = course.steps.map(({ v, chance }) => (rng.uniform() < chance ? (v[0] ?? 0) : 0));
  return { course, us, order };
}

/**
 * Lays the experiments out as rows of trials for a learner in context. A phenomenon of several US has no readings
 * there, and readings that only differ in the heads of a script are taken once.
 *
 * @throws ConfigError for a phenomenon with more stimuli than the learner has cues.
 */
export function present({ phenomena, setting, cues, draws, rng }: PresentOptions): Presentation {
  const [rows, scripted] = [new RowTable(), new RowTable()];
  const scriptedOf: number[] = [];
  const straight = Array.from({ length: cues }, (_, i) => i);
  const readings = phenomena.flatMap((phenomenon) => {
    const scripts = phenomenon.conditions(setting);
    const conditions = Object.entries(scripts).map(([name, script]) => [name, courseOf(script)] as const);
    checkCues(phenomenon, conditions, cues);
    const drawn = Array.from({ length: draws }, (_, draw) => {
      const stream = rng.derive(phenomenon.name, draw);
      return Object.fromEntries(
        conditions.map(([name, course]) => [name, drawCondition(course, cues, stream.derive(name))]),
      );
    });
    const place = (one: Drawn, reading: Reading, phase: number): readonly [number, number] => {
      const row = rows.placeOf(rowOf(one, reading, phase, one.order, cues));
      const own = scripted.placeOf(rowOf(one, reading, phase, straight, cues));
      scriptedOf[row] = own;
      return [row, own];
    };
    return presentable(phenomenon, setting).map(([name, reading]): PresentedReading => {
      const takes = drawn.flatMap((conditionsOfDraw): Take[] => {
        const one = conditionsOfDraw[reading.condition];
        if (!one) return [];
        const [row, own] = place(one, reading, reading.phase);
        if (reading.since === undefined) return [{ row, scripted: own }];
        const [since, ownSince] = place(one, reading, reading.since);
        return [{ row, since, scripted: own, scriptedSince: ownSince }];
      });
      return { phenomenon: phenomenon.name, reading: name, takes };
    });
  });
  return { rows: rows.rows, scriptedOf, scripted: scripted.rows, readings };
}

function checkCues(
  { name }: Phenomenon,
  conditions: readonly (readonly [string, Course])[],
  cues: number,
): void {
  const most = Math.max(...conditions.map(([, { stimuli }]) => stimuli.length));
  if (most <= cues) return;
  throw new ConfigError(
    `phenomenon ${name}: expected at most ${cues} stimuli, as many as the learner has cues, got ${most}; ` +
      `raise task.settings.cues, or leave it out`,
  );
}

/**
 * The setting whose experiments fit into so many trials: phases of a quarter of them, the pause what recovery leaves.
 *
 * @throws ConfigError where they would be too short to mean anything.
 */
export function contextSetting(base: LabSetting, trials: number): LabSetting {
  const phase = Math.floor((trials - 1) / 4);
  const recovery = Math.round((phase * 8) / 3) + Math.ceil(phase / 2);
  const gap = Math.floor((trials - 1 - recovery) / 6);
  if (phase >= 4 && gap >= 1) return { ...base, first: phase, second: phase, gap };
  throw new ConfigError(
    `task.settings.trials: expected at least 30 trials a row for the experiments of the lab, got ${trials}; raise it`,
  );
}
