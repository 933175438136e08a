import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,model,switch,fuzz}/**/*.test.ts'],
    testTimeout: 20_000,
    pool: 'forks',
  },
});
