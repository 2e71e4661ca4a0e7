import { reading, script, trials, type Phenomenon } from './contract.js';

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
