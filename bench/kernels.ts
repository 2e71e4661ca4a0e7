import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Time of one family of operations in a step. */
export interface KernelTime {
  /** ONNX operator. */
  readonly kernel: string;
  /** Milliseconds a step, all its nodes together. */
  readonly ms: number;
  readonly nodes: number;
}

/** The fields read of an event in ONNX Runtime's profile. */
interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/** Runs `body` with a prefix for profiles, then reads them: time by operator, largest first. */
export async function profiled(
  steps: number,
  body: (prefix: string) => Promise<void>,
): Promise<KernelTime[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pavlov-profile-'));
  try {
    await body(join(folder, 'run'));
    const files = await readdir(folder);
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
    return byKernel(
      texts.flatMap((text) => JSON.parse(text) as ProfileEvent[]),
      steps,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function byKernel(events: readonly ProfileEvent[], steps: number): KernelTime[] {
  const sums = new Map<string, { ms: number; nodes: number }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || args?.op_name === undefined) continue;
    const before = sums.get(args.op_name) ?? { ms: 0, nodes: 0 };
    sums.set(args.op_name, { ms: before.ms + dur / 1000 / steps, nodes: before.nodes + 1 / steps });
  }
  return [...sums]
    .map(([kernel, { ms, nodes }]) => ({ kernel, ms, nodes: Math.round(nodes) }))
    .sort((a, b) => b.ms - a.ms);
}
