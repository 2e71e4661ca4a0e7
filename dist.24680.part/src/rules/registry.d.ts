import type { LearningRule } from './contract.js';
/** Every learning rule by name: those of this project, and those registered since the process began. */
export declare const rules: Readonly<Record<string, LearningRule>>;
/**
 * Makes a rule known by its name, for as long as the process lives: to configs, layers and checkpoints. The same
 * object again changes nothing.
 *
 * @throws ConfigError with every field that is wrong, or when the name belongs to another rule.
 */
export declare function registerRule(rule: unknown): LearningRule;
