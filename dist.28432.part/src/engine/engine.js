/** Names of the engines; the first is the default. */
export const engineNames = ['graph', 'eager'];
/** ONNX Runtime's names of the devices that the graph engine can run on; the first is the default. */
export const graphDevices = ['cpu', 'webgpu', 'cuda'];
/** The tfjs backends that the eager engine can run on; the first is the default. */
export const eagerBackends = ['cpu', 'wasm', 'tensorflow'];
/** What messages and profiles call a compiled function. */
export function nameOf(fn, { name }) {
    return name ?? (fn.name || 'function');
}
