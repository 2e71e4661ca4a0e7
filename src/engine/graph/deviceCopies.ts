import type { InferenceSession, Tensor as OrtTensor } from './onnxRuntime.js';
import { required } from '../../core/required.js';
import { GraphBuilder } from './builder.js';
import { createSession } from './session.js';
import type { ElementType } from './value.js';

/** Where a copy goes: a buffer of the device, or this process's memory. */
type Place = 'gpu-buffer' | 'cpu';

const outputName = (i: number): string => `out${i}`;

/**
 * Copies tensors between this process's memory and a device. ONNX Runtime's Node binding has no call for it (reading
 * a device buffer ends the process), so a graph does it that gives its inputs as they are: one run for all tensors.
 */
export class DeviceCopies {
  private readonly sessions = new Map<string, InferenceSession>();

  constructor(private readonly device: string) {}

  private async session(tensors: readonly OrtTensor[], place: Place): Promise<InferenceSession> {
    const key = `${place} ${tensors.map(({ type, dims }) => `${type}[${dims.join()}]`).join()}`;
    const known = this.sessions.get(key);
    if (known) return known;
    const builder = new GraphBuilder();
    const outputs = tensors.map(({ dims, type }, i) =>
      // The cast: tensors come from variables, which have these types alone.
      builder.output(builder.input(`in${i}`, dims, type as ElementType), outputName(i)),
    );
    const { session } = await createSession(builder.finish(outputs), {
      device: this.device,
      name: 'copy',
      outputLocations: Object.fromEntries(outputs.map(({ name }) => [name, place])),
    });
    this.sessions.set(key, session);
    return session;
  }

  /** The tensors' values in tensors of their own, which the caller disposes before these copies are disposed. */
  async copy(tensors: readonly OrtTensor[], place: Place): Promise<OrtTensor[]> {
    if (tensors.length === 0) return [];
    const session = await this.session(tensors, place);
    const outputs = await session.run(Object.fromEntries(tensors.map((tensor, i) => [`in${i}`, tensor])));
    return tensors.map((_, i) => required(outputs[outputName(i)], outputName(i)));
  }

  /** Frees the graphs, after everything they copied to the device. */
  async dispose(): Promise<void> {
    for (const session of this.sessions.values()) await session.release();
    this.sessions.clear();
  }
}
