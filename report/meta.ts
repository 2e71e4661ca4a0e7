/** Where a report comes from; handed in, as nothing here reads the clock or the machine. */
export interface ReportMeta {
  readonly title?: string;
  /** The command that makes the same report again. */
  readonly command: string;
  /** When, as the reader should see it. */
  readonly date: string;
  /** Version by the name of what it is of. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the times were measured on, such as processor and memory. */
  readonly machine: Readonly<Record<string, string | number>>;
  /** What else a reader must know, in sentences. */
  readonly notes?: readonly string[];
}

/** Title of a report that was given none. */
export const DEFAULT_TITLE = 'Comparison of learning rules';
