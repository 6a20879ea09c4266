import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Compiling takes half of the start, so its result is cached, beside the packages: other users cannot write there.
// Without effect where that folder is read-only.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'plinth'));

const { run } = await import('#cli/run.ts');
const { processTerminal } = await import('#cli/terminal/terminal.ts');
process.exitCode = await run(process.argv.slice(2), processTerminal());
