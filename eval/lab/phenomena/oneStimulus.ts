import { phase, trial, type Phase } from '../script.js';
import type { LabSetting } from '../setting.js';
import { reading, readingOf, script, trials, type Phenomenon } from './contract.js';

/** A+ : the response grows with reinforced trials. */
export const acquisition: Phenomenon = {
  name: 'acquisition',
  title: 'Acquisition',
  design: 'A+',
  conditions: (s) => ({
    lasting: script(s, [trials(s.first, 'A', s.magnitude)]),
    decaying: script(s, [trials(s.first, 'A', s.magnitude)], s.decay),
  }),
  readings: { V_A: reading('lasting', 0), 'V_A, decaying memory': reading('decaying', 0) },
};

/** A+ then A- : without the US the response goes down. */
export const extinction: Phenomenon = {
  name: 'extinction',
  title: 'Extinction',
  design: 'A+ then A-',
  conditions: (s) => {
    const phases = [trials(s.first, 'A', s.magnitude), trials(s.second, 'A')];
    return { lasting: script(s, phases), decaying: script(s, phases, s.decay) };
  },
  readings: { V_A: reading('lasting', 1), 'V_A, decaying memory': reading('decaying', 1) },
};

/** A+ then nothing : only the time that passes. */
export const forgetting: Phenomenon = {
  name: 'forgetting',
  title: 'Time-based forgetting',
  design: 'A+ then a pause',
  conditions: (s) => {
    const phases = [trials(s.first, 'A', s.magnitude), trials(s.gap, '')];
    return { lasting: script(s, phases), decaying: script(s, phases, s.decay) };
  },
  readings: { V_A: reading('lasting', 1), 'V_A, decaying memory': reading('decaying', 1) },
};

/** A+ with a half, whole and double US. */
export const usMagnitude: Phenomenon = {
  name: 'us-magnitude',
  title: 'US magnitude',
  design: 'A+ with three sizes of US',
  conditions: (s) => ({
    half: script(s, [trials(s.first, 'A', s.magnitude / 2)]),
    whole: script(s, [trials(s.first, 'A', s.magnitude)]),
    double: script(s, [trials(s.first, 'A', s.magnitude * 2)]),
  }),
  readings: {
    'V_A, half the US': reading('half', 0),
    'V_A, the US': reading('whole', 0),
    'V_A, twice the US': reading('double', 0),
  },
};

/** A+ on a part of the trials : the mean over all schedules of that chance. */
export const partialReinforcement: Phenomenon = {
  name: 'partial-reinforcement',
  title: 'Partial reinforcement',
  design: 'A+ with a chance, against A+ always',
  conditions: (s) => ({
    partial: script(s, [trials(s.first, 'A', s.magnitude, s.chance)]),
    always: script(s, [trials(s.first, 'A', s.magnitude)]),
  }),
  readings: { V_A: reading('partial', 0), 'V_A, always': reading('always', 0) },
};

/** A- then A+ : does exposure to the CS alone retard learning? */
export const latentInhibition: Phenomenon = {
  name: 'latent-inhibition',
  title: 'Latent inhibition',
  design: 'A- then A+',
  conditions: (s) => ({ exposed: script(s, [trials(s.first, 'A'), trials(s.second, 'A', s.magnitude)]) }),
  readings: { V_A: reading('exposed', 1) },
};

/** A+ , then stimuli that resemble A: how far does learning spread? */
export const generalisation: Phenomenon = {
  name: 'generalisation',
  title: 'Generalisation gradient',
  design: 'A+ and N-, then stimuli between A and N',
  conditions: (s) => ({ both: script(s, [trials(s.first, 'A', s.magnitude), trials(s.second, 'N')]) }),
  readings: Object.fromEntries(
    [0, 30, 60, 90].map((degrees) => {
      const angle = (degrees * Math.PI) / 180;
      const probe = { A: Math.cos(angle), N: Math.sin(angle) };
      return [`V at ${degrees} degrees from A`, readingOf('both', 1, probe)] as const;
    }),
  ),
};

/** Steps from the beginning of the CS to the US of the trace experiment. */
export const TRACE_STEPS = 3;

/** A, and the US some steps later; `kept` is what is left of A from step to step. */
function traced({ first, magnitude }: LabSetting, kept: number): Phase {
  const steps = Array.from({ length: TRACE_STEPS + 1 }, (_, j) =>
    trial({ A: kept ** j }, j === TRACE_STEPS ? magnitude : 0),
  );
  return phase(first, ...steps);
}

/** A, then a gap, then the US: only what is left of A can be bound to it. */
export const traceConditioning: Phenomenon = {
  name: 'trace-conditioning',
  title: 'Trace and delay conditioning',
  design: 'A, and the US three steps later: A is over, leaves a fading trace, or stays on (delay)',
  conditions: (s) => ({
    over: script(s, [traced(s, 0)]),
    trace: script(s, [traced(s, s.decay)]),
    delay: script(s, [traced(s, 1)]),
  }),
  readings: {
    'V_A, no trace': reading('over', 0),
    'V_A, fading trace': reading('trace', 0),
    'V_A, delay': reading('delay', 0),
  },
};
