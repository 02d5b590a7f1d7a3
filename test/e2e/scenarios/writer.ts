import { proveTests } from '../longer-tests.ts';
import type { Scenario } from '../scenario.ts';

/** The writer before the real kernel: killed at every change to the disk and at 200 random times, raced, out of space. */
export const scenario: Scenario = {
  name: 'writer',
  limits: [
    'A loss of power is not tried: nothing is synced to the disk, and the next run mends what it finds.',
    'The writer is killed on Linux; the two renames that macOS and Windows get are tried by hiding the programs that exchange folders.',
  ],
  async run(context) {
    await proveTests(context, 'test/render/files-interrupted.test.ts', { KILLS: '200' });
  },
};
