import { type Tensor, type Variable } from '../../core/tf.js';
import { type CompiledFunction, type CompileOptions, type Engine, type EngineOptions, type TensorTree } from '../engine.js';
/** The graph engine's parts that its compiled functions share. */
export declare class GraphEngine implements Engine {
    private readonly options;
    readonly name = "graph";
    readonly device: string;
    compileSeconds: number;
    private readonly states;
    private readonly open;
    constructor(options: EngineOptions);
    private build;
    compile<In extends readonly Tensor[], Out extends TensorTree>(fn: (...inputs: In) => Out, options?: CompileOptions<Out>): CompiledFunction<In, Out>;
    private run;
    /** Variables whose values live in the engine now. */
    get variablesHeld(): number;
    pull(variables: readonly Variable[]): Promise<void>;
    private release;
    dispose(): Promise<void>;
}
/**
 * The engine that records a function once and runs it as a graph in ONNX Runtime.
 *
 * @throws ConfigError for an unknown device. A device that does not work here shows at the first compile.
 */
export declare function createGraphEngine(options: EngineOptions): Promise<GraphEngine>;
