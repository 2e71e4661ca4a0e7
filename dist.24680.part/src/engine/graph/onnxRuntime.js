// The one place that loads ONNX Runtime: modules are evaluated in the order of their imports, so the variable comes first.
import './telemetryOff.js';
export { InferenceSession, Tensor } from 'onnxruntime-node';
