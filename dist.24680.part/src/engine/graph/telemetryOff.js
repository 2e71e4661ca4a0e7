/**
 * ONNX Runtime writes a device id and a store of events into the user's home folder and looks up its collector, unless
 * this is set when its module is loaded. Child processes inherit it. A worker thread has a copy of the environment that
 * the addon does not see: it is covered where the main thread has imported this, or was started with the variable set.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
export {};
