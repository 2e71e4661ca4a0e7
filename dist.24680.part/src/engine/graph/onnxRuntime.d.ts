import './telemetryOff.js';
export { InferenceSession, Tensor } from 'onnxruntime-node';
