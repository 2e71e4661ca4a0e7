import type { EngineOptions } from '../../../src/engine/engine.js';

/** What was found about one engine on this machine. */
export type ProbeReport = Works | Fails;

export interface Works {
  readonly works: true;
  /** Rate of one float32 matrix product, median of the runs. */
  readonly gflops: number;
  /** Rows of the square matrices timed; smaller where the full size would take too long. */
  readonly matmulSize: number;
  /** Seconds from the function to its first result, the compile check's. */
  readonly compileSeconds: number;
}

export interface Fails {
  readonly works: false;
  readonly reason: string;
}

/** The engines, devices and backends that `pavlov` can be told to use. */
export interface Candidate {
  readonly label: string;
  readonly options: EngineOptions;
  /** What would make it work, where the reason alone does not say. */
  readonly remedy: string;
}

/** Options of the command line that choose a candidate. */
export function flagsOf({ options }: Candidate): string {
  const place =
    options.device === undefined ? `--backend ${options.backend ?? ''}` : `--device ${options.device}`;
  return `--engine ${options.engine ?? ''} ${place}`;
}
