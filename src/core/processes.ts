/** The largest number that a process can have. */
export const LARGEST_PID = 2 ** 31 - 1;

/** Whether a process of this machine runs; false for a number that none can have. */
export function isRunning(pid: number): boolean {
  if (pid < 1 || pid > LARGEST_PID) return false; // 0 would ask for this process's own group
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user runs too.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** Time that the processor has worked for this process, all threads together, in milliseconds. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
