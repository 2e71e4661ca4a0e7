import { ConfigError } from '../../src/core/errors.js';
import { valueAt } from '../../src/core/valueAt.js';
import { isObject, merge, type RawConfig } from './layers.js';

/** The file a run's rule comes from, where it is not one of this project. */
export interface RuleFile {
  /** As it was given: from the working folder, or absolute. */
  readonly path: string;
  /** Of its content, lower-case hexadecimal. */
  readonly sha256: string;
}

/** A rule that was read from a file and registered. */
export interface LoadedRule {
  readonly name: string;
  readonly file: RuleFile;
}

/**
 * Reads a rule from a file and registers it. Loading code is for the caller of this room, who may refuse a file that
 * only a config file names (`isSaved`), which may be somebody else's.
 *
 * @throws ConfigError when there is no such file, it holds no rule, or its content has not the hash given.
 */
export type RuleLoader = (path: string, sha256?: string, isSaved?: boolean) => Promise<LoadedRule>;

/** Whether a rule is given as a file: names have neither a slash nor an ending. */
export function isRulePath(rule: string): boolean {
  return /[\\/]|\.[cm]?[jt]s$/.test(rule);
}

/**
 * A config whose rule is known by its name: a path in `model.rule` becomes the name of the rule in that file, and
 * `ruleFile` says which content that was. A config with a `ruleFile` gets that content or nothing.
 *
 * @param isSaved whether the path in `model.rule` comes from a config file.
 * @throws ConfigError when the file does not hold what the config says, or nothing can load it.
 */
export async function withRuleFile(
  raw: RawConfig,
  load: RuleLoader | undefined,
  isSaved: boolean,
): Promise<RawConfig> {
  const rule = valueAt(raw, ['model', 'rule']);
  if (typeof rule === 'string' && isRulePath(rule)) {
    const { name, file } = await needed(load, rule)(rule, undefined, isSaved);
    return merge(raw, { model: { rule: name }, ruleFile: file });
  }
  const file = raw.ruleFile;
  // What is no such file is a fault that the schema reports.
  if (!isObject(file) || typeof file.path !== 'string' || typeof file.sha256 !== 'string') return raw;
  const { name } = await needed(load, file.path)(file.path, file.sha256, true);
  if (name === rule) return raw;
  throw new ConfigError(
    `config.ruleFile: expected a file of the rule '${String(rule)}', got ${file.path} of the rule '${name}'; set model.rule to the file`,
  );
}

function needed(load: RuleLoader | undefined, path: string): RuleLoader {
  if (load) return load;
  throw new ConfigError(
    `config.model.rule: expected the name of a registered rule, got the file '${path}'; import it, pass it to registerRule, and give its name`,
  );
}
