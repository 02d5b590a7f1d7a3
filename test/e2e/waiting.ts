// Clusters settle in their own time: scenarios wait for what should come, and watch what should not.

import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The first value that is neither undefined nor false.
 *
 * @param what ends the sentence "waited in vain for …"
 * @throws when `seconds` have passed
 */
export async function waitFor<T>(what: string, probe: () => Promise<T | undefined | false>, seconds = 60): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await sleep(200);
  }
}

/**
 * Watches that something stays true.
 *
 * @param what ends the sentence "after 2 s it was no longer true that …"
 * @throws when it is once not true
 */
export async function staysTrue(what: string, probe: () => Promise<boolean>, seconds: number): Promise<void> {
  const start = Date.now();
  while (Date.now() < start + seconds * 1000) {
    if (!(await probe())) {
      throw new Error(`after ${Math.round((Date.now() - start) / 1000)} s it was no longer true that ${what}`);
    }
    await sleep(500);
  }
}
