import {
  effectiveRank,
  frobeniusNorm,
  keyInterference,
  singularValues,
} from '../../src/core/linearAlgebra.js';
import { mean } from '../../src/core/numbers.js';
import type { ProbePicture } from '../contract.js';

/** What one head's memory is like after one story. */
export interface HeadReading {
  /** By reading. */
  readonly norms: readonly number[];
  readonly ranks: readonly number[];
  /** Singular values after the last token, largest first. */
  readonly spectrum: Float64Array;
  readonly interference: number;
  /** K, after the feature map. */
  readonly keySize: number;
}

/** Measures of memories `[V,K]`, one a reading, and of the keys `[T,K]` read. */
export function readHead(memories: readonly Float32Array[], keys: Float32Array, K: number): HeadReading {
  const spectra = memories.map((S) => singularValues(S, S.length / K, K));
  return {
    norms: memories.map(frobeniusNorm),
    ranks: spectra.map(effectiveRank),
    spectrum: spectra.at(-1) ?? new Float64Array(),
    interference: keyInterference(keys, K),
    keySize: K,
  };
}

/** Share of the largest singular value in their sum; 0 for an empty memory. */
export function topShare(spectrum: Float64Array): number {
  const sum = spectrum.reduce((total, s) => total + s, 0);
  return sum === 0 ? 0 : (spectrum[0] ?? 0) / sum;
}

/** A head's averages over the stories, by reading and by singular value. */
interface HeadCourse {
  readonly head: string;
  readonly norms: readonly number[];
  readonly ranks: readonly number[];
  readonly spectrum: readonly number[];
}

/** Averages of each head over its stories. */
export function coursesOf(
  heads: readonly (readonly HeadReading[])[],
  names: readonly string[],
): HeadCourse[] {
  const average = (
    own: readonly HeadReading[],
    pick: (reading: HeadReading) => ArrayLike<number>,
  ): number[] =>
    Array.from(own[0] ? pick(own[0]) : [], (_, i) =>
      Number(mean(own.map((reading) => pick(reading)[i] ?? NaN)).toPrecision(5)),
    );
  return heads.map((own, h) => ({
    head: names[h] ?? '',
    norms: average(own, ({ norms }) => norms),
    ranks: average(own, ({ ranks }) => ranks),
    spectrum: average(own, ({ spectrum }) => spectrum),
  }));
}

/** A table of a quantity by head and tokens read. */
function courseMap(
  name: string,
  title: string,
  label: string,
  rows: readonly { readonly head: string; readonly values: readonly number[] }[],
  readings: readonly number[],
): ProbePicture {
  const chart = {
    title,
    label,
    x: 'tokens read',
    columns: readings.map(String),
    rows: rows.map(({ head }) => head),
    values: rows.map(({ values }) => values),
  };
  return { name: name, kind: 'heatMap', chart };
}

/** The spectra of one block's heads. */
function spectrumLines(probe: string, block: string, courses: readonly HeadCourse[]): ProbePicture {
  const chart = {
    title: `Singular values of the memory after the last token, ${block}`,
    x: 'place',
    y: 'singular value',
    series: courses.map(({ head, spectrum }) => ({
      name: head.replace(`${block} `, ''),
      points: spectrum.map((y, i) => ({ x: i + 1, y })),
    })),
  };
  return { name: `${probe}-spectrum-${block.replace(' ', '-')}`, kind: 'lines', chart };
}

/** A table of norms and one of ranks by head and tokens read, and the spectra of each block. */
export function statePictures(
  probe: string,
  courses: readonly HeadCourse[],
  readings: readonly number[],
): ProbePicture[] {
  const rows = (pick: (course: HeadCourse) => readonly number[]) =>
    courses.map((course) => ({ head: course.head, values: pick(course) }));
  const blocks = [...new Set(courses.map(({ head }) => head.replace(/ (head|memory) .*/, '') ?? ''))];
  return [
    courseMap(
      `${probe}-norm`,
      'Norm of the memory',
      '|S|',
      rows(({ norms }) => norms),
      readings,
    ),
    courseMap(
      `${probe}-rank`,
      'Effective rank of the memory',
      'directions',
      rows(({ ranks }) => ranks),
      readings,
    ),
    ...blocks.map((block) => {
      return spectrumLines(
        probe,
        block,
        courses.filter(({ head }) => head.startsWith(`${block} `)),
      );
    }),
  ];
}
