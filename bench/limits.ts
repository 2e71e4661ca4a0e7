/** Tokens of a sequence that count as its start: after some, because the very first ones warm things up. */
export const NEAR_START = { from: 10, to: 60 } as const;

/** Fewest tokens of `bench decode`, so that start and end do not overlap. */
export const FEWEST_TOKENS = 2 * NEAR_START.to - NEAR_START.from;

/** Fewest steps of `bench memory`, so that there are points to compare. */
export const FEWEST_STEPS = 10;
