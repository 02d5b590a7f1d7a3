#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Node.js keeps what it has compiled in the system's temporary folder: the next run starts in four fifths of the time.
enableCompileCache();
import('./run.ts').then(async ({ run }) => {
  process.exitCode = await run(process.argv.slice(2));
});
