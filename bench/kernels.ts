import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Time of one family of operations in a step. */
export interface KernelTime {
  /** ONNX operator; on a GPU with the provider that ran it. */
  readonly kernel: string;
  /** Milliseconds per step, all its nodes together. */
  readonly ms: number;
  readonly nodes: number;
}

/** The fields read of an event in ONNX Runtime's profile. */
interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { readonly op_name?: string; readonly provider?: string };
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

/** `cuda` of `CUDAExecutionProvider`. */
const deviceOf = (provider = 'cpu'): string => provider.replace('ExecutionProvider', '').toLowerCase();

function byKernel(events: readonly ProfileEvent[], steps: number): KernelTime[] {
  const devices = new Set(
    events.flatMap(({ args }) => (args?.op_name === undefined ? [] : [deviceOf(args.provider)])),
  );
  const sums = new Map<string, { ms: number; nodes: number }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || args?.op_name === undefined) continue;
    const kernel = devices.size > 1 ? `${args.op_name} (${deviceOf(args.provider)})` : args.op_name;
    const before = sums.get(kernel) ?? { ms: 0, nodes: 0 };
    sums.set(kernel, { ms: before.ms + dur / 1000 / steps, nodes: before.nodes + 1 / steps });
  }
  return [...sums]
    .map(([kernel, { ms, nodes }]) => ({ kernel, ms, nodes: Math.round(nodes) }))
    .sort((a, b) => b.ms - a.ms);
}
