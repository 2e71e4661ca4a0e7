import { InferenceSession, Tensor } from '../../../src/engine/graph/onnxRuntime.js';
import { required } from '../../../src/core/required.js';

/** The graphs of an export in ONNX Runtime, with the states between calls. */
export interface Running {
  /** Logits after these tokens, which follow those read before. */
  read(kind: 'decode' | 'prefill', ids: readonly number[]): Promise<Float32Array>;
  reset(): void;
  release(): Promise<void>;
}

interface State {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Starts the graphs from their bytes. */
export async function runExport(
  graphs: Readonly<Record<'decode' | 'prefill', Uint8Array>>,
  states: readonly State[],
): Promise<Running> {
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;
  const sessions = {
    decode: await InferenceSession.create(graphs.decode, options),
    prefill: await InferenceSession.create(graphs.prefill, options),
  };
  const start = (): Record<string, Tensor> =>
    Object.fromEntries(
      states.map(({ name, shape }) => {
        const size = shape.reduce((product, n) => product * n, 1);
        return [`past_${name}`, new Tensor('float32', new Float32Array(size), shape)];
      }),
    );
  let past = start();
  return {
    async read(kind, ids) {
      const input = new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
      const outputs = await sessions[kind].run({ input_ids: input, ...past });
      past = Object.fromEntries<Tensor>(
        states.map(({ name }) => [`past_${name}`, required(outputs[`present_${name}`], name)]),
      );
      return required(outputs.logits, 'logits').data as Float32Array;
    },
    reset: () => (past = start()),
    async release() {
      await sessions.decode.release();
      await sessions.prefill.release();
    },
  };
}
