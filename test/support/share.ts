/** So many of the slow tests' many tries as this run makes: all, or the share that PAVLOV_SHARE says, and at least one. */
export function shareOf(tries: number): number {
  const share = Number(process.env.PAVLOV_SHARE ?? 1);
  return Math.max(1, Math.ceil(tries * share));
}

/** Of random choices; another PAVLOV_SEED tries other ones. */
export const SEED = Number(process.env.PAVLOV_SEED ?? 1);

/** Whether all is done of what the tests otherwise do some of. */
export const ALL = process.env.PAVLOV_ALL !== undefined;
