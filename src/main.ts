import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Half of the time to start is compiling: it is kept beside the packages, where nobody else can write. Does nothing
// where that folder is read-only.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'plinth'));

const { run } = await import('#cli/run.ts');
const { processTerminal } = await import('#cli/terminal/terminal.ts');
process.exitCode = await run(process.argv.slice(2), processTerminal());
