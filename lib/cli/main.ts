#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { run } from './run.ts';

// Node.js keeps what it has compiled in the system's temporary folder: the next run starts in four fifths of the time.
// The engine is loaded after this, by the commands that need it.
enableCompileCache();
run(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
