#!/usr/bin/env node
import { foreignFailure } from './foreignErrors.js';

// All else is loaded here, so that what keeps it from being loaded can be told, such as too few files that may be open.
try {
  const { start } = await import('./start.js');
  await start(process.argv.slice(2));
} catch (error) {
  const failure = error instanceof Error ? foreignFailure(error) : undefined;
  if (!failure) throw error;
  process.stderr.write(`${failure.message}\n`);
  process.exitCode = failure.exitCode;
}
