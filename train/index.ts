export { checkConfig, resolveConfig, type ConfigRequest } from './config/resolveConfig.js';
export { DEFAULT_PRESET, presets, type Preset } from './config/presets.js';
export { runConfigJsonSchema, type PartialConfig, type RunConfig } from './config/schema.js';
