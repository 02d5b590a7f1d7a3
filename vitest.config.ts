import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  // Vitest would leave one core idle: on a machine with two, half of them.
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000, maxWorkers: '100%' },
});
