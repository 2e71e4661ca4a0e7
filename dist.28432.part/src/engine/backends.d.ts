/**
 * Loads and starts a tfjs backend.
 *
 * @throws ConfigError for an unknown name, EngineError when it does not start here.
 */
export declare function loadBackend(name: string): Promise<void>;
/** Runs `body` with a started tfjs backend selected, and selects the former one again. */
export declare function withBackend<T>(name: string, body: () => T): T;
