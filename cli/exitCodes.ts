/** What the process says to its caller. */
export const EXIT = { done: 0, ours: 1, user: 2, data: 3, nonFinite: 4, interrupted: 130 } as const;
