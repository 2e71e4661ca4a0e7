// A build into an empty folder: what an earlier one left there would be packed too.
import { rmSync } from 'node:fs';

// On Windows a file that something still looks at cannot be removed at once.
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
