// npm links the command to this file; tsc writes it without the executable bit.
import { chmodSync } from 'node:fs';

chmodSync(new URL('../dist/cli/main.js', import.meta.url), 0o755);
