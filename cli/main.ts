#!/usr/bin/env node
import { execute } from './program.js';
import { leave } from './output.js';

// A reader that has gone (`pavlov ... | head`) is no error: what is still written to it is dropped.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

await leave(await execute(process.argv.slice(2)));
