// Writes one tree and dies before its n-th change to the disk: `files-dying-writer.ts TARGET N`. Prints how many there are.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [target = '', last = '0'] = process.argv.slice(2);
let changes = 0;

function dieBefore(module: object, names: readonly string[]): void {
  for (const name of names) {
    const real: (...args: unknown[]) => unknown = Reflect.get(module, name);
    Reflect.set(module, name, (...args: unknown[]) => {
      changes += 1;
      if (changes === Number(last)) process.kill(process.pid, 'SIGKILL');
      return real(...args);
    });
  }
}

dieBefore(fs, [
  'mkdirSync',
  'writeFileSync',
  'linkSync',
  'symlinkSync',
  'renameSync',
  'chmodSync',
  'unlinkSync',
  'rmdirSync',
  'rmSync',
]);
dieBefore(childProcess, ['spawnSync']);
syncBuiltinESMExports();
const { writeTree } = await import('../../lib/render/files.ts');
writeTree(
  target,
  new Map([
    ['same', '1'],
    ['changes', 'new'],
    ['made/here', 'new'],
  ]),
);
console.log(changes);
