/**
 * Checks a vocabulary size asked for.
 *
 * @throws ConfigError when it is not a whole number in [257, largest].
 */
export declare function checkVocabularySize(size: number, largest: number): void;
