import { codeOf, diskAdvice } from '../../src/core/diskErrors.js';
import { ConfigError } from '../../src/core/errors.js';
import { readWhole } from '../../src/core/wholeFile.js';
import { MOST_YAML_BYTES, parseYaml, typedValue } from '../../src/core/yaml.js';
import { nest, type RawConfig } from './layers.js';
import { isObject } from '../../src/core/isObject.js';

/** Where the value at a path was written, such as ` (run.yaml:3:7)`; empty when it was not there. */
type Locate = (path: readonly PropertyKey[]) => string;

export interface ConfigSource {
  readonly config: RawConfig;
  readonly locate: Locate;
}

/**
 * Reads a config file, JSON or YAML.
 *
 * @throws ConfigError when it cannot be read, does not parse (with line and column) or is no mapping.
 */
export async function readConfigFile(path: string): Promise<ConfigSource> {
  let text: string;
  try {
    text = (await readWhole(path, MOST_YAML_BYTES)).toString('utf8');
  } catch (cause) {
    const reason = codeOf(cause) ?? String(cause);
    const help = diskAdvice(reason) ?? 'check the path';
    throw new ConfigError(`config file ${path}: expected a readable file, got ${reason}; ${help}`, { cause });
  }
  return parseConfigText(text, path);
}

/** The config in a text; `name` stands for it in messages. JSON is read as the YAML it is. */
function parseConfigText(text: string, name: string): ConfigSource {
  const { value, locate } = parseYaml(text, name);
  const config = value ?? {};
  if (!isObject(config)) {
    throw new ConfigError(`${name}: expected a mapping of settings, got ${JSON.stringify(config)}`);
  }
  const locateText = (path: readonly PropertyKey[]): string => {
    const place = locate(path);
    return place === undefined ? '' : ` (${place})`;
  };
  return { config, locate: locateText };
}

/** One `path=value` of the command line. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** As it was typed, for a setting that is a text. */
  readonly text: string;
}

/**
 * Reads `train.steps=10`. The value is YAML where all of it is: a number, `true`, `null`, `[a, b]`, `{a: 1}`;
 * else the text as it was typed.
 *
 * @throws ConfigError when there is no `=` or the path is not names joined by dots.
 */
export function parseSetting(setting: string): Setting {
  const [, names, text] = /^([^=]*)=(.*)$/s.exec(setting) ?? [];
  if (names === undefined || text === undefined) {
    throw new ConfigError(`--set: expected path=value, got '${setting}'; for example --set train.steps=100`);
  }
  const path = names.split('.');
  if (!path.every((name) => /^[A-Za-z][\w-]*$/.test(name))) {
    throw new ConfigError(
      `--set: expected names joined by dots before '=', got '${names}'; for example train.steps`,
    );
  }
  return { path, value: typedValue(text), text };
}

/** A config that holds one setting. */
export function settingConfig({ path, value }: Setting): RawConfig {
  return nest(path, value);
}
