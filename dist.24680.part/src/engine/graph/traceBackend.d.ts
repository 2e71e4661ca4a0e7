import { tf, type DataId, type Tensor } from '../../core/tf.js';
import type { LoopBackend, LoopBody, LoopOptions, LoopStep } from '../loop.js';
import { GraphBuilder } from './builder.js';
import type { ElementType, Value } from './value.js';
/** The name tfjs knows the tracing backend by. */
export declare const TRACE_BACKEND = "pavlov-trace";
type BackendValues = Parameters<tf.KernelBackend['write']>[0];
/** tfjs's element type as a graph's. */
export declare function elementType(dtype: string, where: string): ElementType;
/**
 * A tfjs backend whose tensors are values of a graph: kernels add nodes and nothing is computed.
 * One trace at a time; `begin` and `end` bracket it.
 */
declare class TraceBackend extends tf.KernelBackend implements LoopBackend {
    private values;
    private counts;
    private current;
    begin(builder: GraphBuilder, name: string): void;
    end(): void;
    /** A loop as one node; the body is recorded once, into a graph of its own. */
    loop(body: LoopBody, carry: readonly Tensor[], sequences: readonly Tensor[], options: LoopOptions): LoopStep;
    /** Traces into another graph while `body` runs: the body of a loop. */
    private nested;
    get builder(): GraphBuilder;
    /** A new data id that stands for a value. */
    adopt(value: Value): DataId;
    /** A tensor that stands for a value. */
    tensor(value: Value): Tensor;
    /** The value behind a tensor in the shape tfjs sees; data of other backends becomes a constant. */
    valueBehind(tensor: {
        dataId: DataId;
        shape: number[];
        dtype: string;
    }): Value;
    write(values: BackendValues, shape: number[], dtype: tf.DataType): DataId;
    read(): Promise<BackendValues>;
    readSync(): BackendValues;
    private refusal;
    refCount(id: DataId): number;
    incRef(id: DataId): void;
    decRef(id: DataId): void;
    /** Values are small and live until the trace ends; only the count goes down. */
    disposeData(id: DataId): boolean;
    numDataIds(): number;
    memory(): {
        unreliable: boolean;
    };
    floatPrecision(): 16 | 32;
    epsilon(): number;
    timerAvailable(): boolean;
    dispose(): void;
}
export declare const traceBackend: TraceBackend;
export {};
