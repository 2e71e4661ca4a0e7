import { phase } from '../script.js';
import { reading, readingOf, script, shown, trials, type Phenomenon } from './contract.js';

/** A+ then AB+ : what A predicts already, B need not. The controls tell why B is weak, if it is. */
export const blocking: Phenomenon = {
  name: 'blocking',
  title: 'Blocking',
  design: 'A+ then AB+; controls: AB+ alone, A+ then B+',
  conditions: (s) => {
    const pretraining = trials(s.first, 'A', s.magnitude);
    return {
      blocked: script(s, [pretraining, trials(s.second, 'A B', s.magnitude)]),
      untrained: script(s, [trials(s.second, 'A B', s.magnitude)]),
      separate: script(s, [pretraining, trials(s.second, 'B', s.magnitude)]),
    };
  },
  readings: {
    V_B: reading('blocked', 1, 'B'),
    'V_B, no pretraining': reading('untrained', 0, 'B'),
    'V_B, B+ alone': reading('separate', 1, 'B'),
  },
};

/** AB+ : does A get less beside B than alone? */
export const overshadowing: Phenomenon = {
  name: 'overshadowing',
  title: 'Overshadowing',
  design: 'AB+ against A+',
  conditions: (s) => ({
    compound: script(s, [trials(s.first, 'A B', s.magnitude)]),
    single: script(s, [trials(s.first, 'A', s.magnitude)]),
  }),
  readings: { V_A: reading('compound', 0), 'V_A, alone': reading('single', 0) },
};

/** A+ and B+ in turn, then AB+ : together they predict too much. */
export const overexpectation: Phenomenon = {
  name: 'overexpectation',
  title: 'Overexpectation',
  design: 'A+ and B+ in turn, then AB+',
  conditions: ({ magnitude, ...s }) => ({
    both: script({ magnitude, ...s }, [
      phase(s.first, shown('A', magnitude), shown('B', magnitude)),
      trials(s.second, 'A B', magnitude),
    ]),
  }),
  readings: { 'V_A before': reading('both', 0), V_A: reading('both', 1) },
};

/** A+ and AX- in turn : X comes to predict the absence of the US. */
export const conditionedInhibition: Phenomenon = {
  name: 'conditioned-inhibition',
  title: 'Conditioned inhibition',
  design: 'A+ and AX- in turn',
  conditions: (s) => ({ both: script(s, [phase(s.first, shown('A', s.magnitude), shown('A X'))]) }),
  readings: { V_A: reading('both', 0), V_X: reading('both', 0, 'X') },
  shows: 'V_X',
};

/** A and context with the US by one chance, context alone by another, in turn. */
export const contingency: Phenomenon = {
  name: 'contingency',
  title: 'Contingency',
  design: 'A in a context with chance p1 of the US, and the context alone with chance p0, in turn',
  conditions: (s) => ({
    both: script(s, [
      phase(s.first, shown('A context', s.magnitude, s.chance), shown('context', s.magnitude, s.background)),
    ]),
  }),
  readings: { V_A: reading('both', 0), V_context: reading('both', 0, 'context') },
};

/** A+/AX- and then X- : Rescorla and Wagner's inhibitor fades when nothing comes, an animal's does not. */
export const inhibitorExtinction: Phenomenon = {
  name: 'inhibitor-extinction',
  title: 'Extinction of an inhibitor',
  design: 'A+ and AX- in turn, then X-',
  conditions: (s) => ({
    both: script(s, [phase(s.first, shown('A', s.magnitude), shown('A X')), trials(s.second, 'X')]),
  }),
  readings: { 'V_X before': reading('both', 0, 'X'), V_X: reading('both', 1, 'X') },
};

/** A+, B+ and AB- in turn : no sum of two numbers does that; one more for the compound itself does. */
export const negativePatterning: Phenomenon = {
  name: 'negative-patterning',
  title: 'Negative patterning',
  design: 'A+, B+ and AB- in turn; the same with a cue that the compound alone has',
  conditions: (s) => {
    const elements = [shown('A', s.magnitude), shown('B', s.magnitude)];
    return {
      elements: script(s, [phase(s.first, ...elements, shown('A B'))]),
      configural: script(s, [phase(s.first, ...elements, shown('A B AB'))]),
    };
  },
  readings: {
    V_A: reading('elements', 0),
    V_B: reading('elements', 0, 'B'),
    V_AB: readingOf('elements', 0, { A: 1, B: 1 }),
    'V_A, with a cue': reading('configural', 0),
    'V_AB, with a cue': readingOf('configural', 0, { A: 1, B: 1, AB: 1 }),
  },
  shows: 'V_AB',
};
