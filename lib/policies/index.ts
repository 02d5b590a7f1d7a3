import type { Policy } from './policy.ts';

/** Every rule, in the order of the ids. */
export const policies: readonly Policy[] = [];
