import type { ContextReport, ContextResult } from '../../eval/lab/index.js';
import { chanceVerdict, type Cell, type LabTable } from './labTables.js';

/** What an explanation is called. */
export function explanationName(rule: string | null): string {
  return rule ?? 'ideal learner';
}

/** One row a rule and reading, with all digits. */
export function contextTable({ results }: ContextReport): LabTable {
  return {
    head: ['rule', 'phenomenon', 'reading', 'predicted', 'measured', 'low', 'high', 'agrees'],
    rows: results.map(({ rule, phenomenon, reading, measured }) => [
      explanationName(rule),
      phenomenon,
      reading,
      measured.predicted,
      measured.value,
      measured.low,
      measured.high,
      chanceVerdict(measured),
    ]),
  };
}

/** One row a reading: what was measured, and what each explanation predicts of it, with its verdict. */
export function contextMatrix({ results, fits }: ContextReport): LabTable {
  const cell = ({ measured }: ContextResult): Cell => {
    const { predicted } = measured;
    const size = predicted !== null && Math.abs(predicted) < 100 ? predicted.toFixed(2) : 'diverged';
    return `${size} ${chanceVerdict(measured) ?? ''}`;
  };
  const [first] = results;
  const readings = results.filter(({ rule }) => rule === first?.rule);
  return {
    head: ['phenomenon', 'reading', 'measured', ...fits.map(({ rule }) => explanationName(rule))],
    rows: readings.map(({ phenomenon, reading, measured }) => [
      phenomenon,
      reading,
      measured.value,
      ...fits.map(({ rule }) => {
        const own = results.find(
          (one) => one.rule === rule && one.phenomenon === phenomenon && one.reading === reading,
        );
        return own ? cell(own) : null;
      }),
    ]),
  };
}

/** The explanations, the best first. */
export function fitTable({ fits }: ContextReport): LabTable {
  return {
    head: [
      'explanation',
      'write strength',
      'low',
      'high',
      'decay',
      'low',
      'high',
      'held-out error',
      'explained',
    ],
    rows: fits.map(({ rule, beta, decay, heldOutError, explained }) => [
      explanationName(rule),
      beta?.value ?? null,
      beta?.low ?? null,
      beta?.high ?? null,
      decay?.value ?? null,
      decay?.low ?? null,
      decay?.high ?? null,
      heldOutError,
      explained,
    ]),
  };
}
