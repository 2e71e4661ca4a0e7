/**
 * Responses of a linear read-out to stimuli at an angle from A, which alone was taught: `V_A cos(angle)`.
 *
 * Source: docs/theory.md 4.3 (7).
 */
export function gradient(V_A: number): Readonly<Record<string, number>> {
  const at = (degrees: number) => {
    return [`V at ${degrees} degrees from A`, V_A * Math.cos((degrees * Math.PI) / 180)] as const;
  };
  return Object.fromEntries([0, 30, 60, 90].map(at));
}
