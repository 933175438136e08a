import { defineConfig } from 'vitest/config';
import { WORKERS } from './test/scheduling.js';

export default defineConfig({
  test: {
    name: 'fast',
    include: ['test/{unit,model,switch,flows,fuzz}/**/*.test.ts'],
    // A machine that others work on, too, is slow, not broken.
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: WORKERS,
  },
});
