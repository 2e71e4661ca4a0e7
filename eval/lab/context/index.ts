export { contextSetting, type Respond } from './presentation.js';
export {
  CONTEXT_SLACK,
  runContext,
  type ContextFit,
  type ContextOptions,
  type ContextReport,
  type ContextResult,
} from './runContext.js';
