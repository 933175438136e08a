import { defineConfig } from 'vitest/config';
import { sandboxPool } from './test/sandbox-pool.js';
import { WORKERS } from './test/scheduling.js';

/** Tests with real interfaces, namespaces and tools. */
export default defineConfig({
  test: {
    name: 'system',
    include: ['test/system/**/*.test.ts'],
    globalSetup: ['test/helpers/bundle.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: sandboxPool,
    maxWorkers: WORKERS,
  },
});
