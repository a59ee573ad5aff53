import { defineConfig } from 'vitest/config'

/** What people and applications meet is tested over both back ends, by the same files. */
const OVER_BOTH = ['test/e2e/**/*.test.ts', 'test/oidc/**/*.test.ts', 'test/http/**/*.test.ts']

/** These choose the back end themselves, or measure the memory of this process alone. */
const OVER_ONE = ['test/http/several-nodes.test.ts', 'test/http/stream/stalled-reader.test.ts']

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    // A poll ends as soon as its condition holds; how long that takes says nothing on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      { extends: true, test: { name: 'sqlite', include: ['test/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'mongodb',
          include: OVER_BOTH,
          exclude: OVER_ONE,
          globalSetup: 'test/support/over-mongodb.global.ts',
          setupFiles: 'test/support/over-mongodb.setup.ts',
        },
      },
    ],
  },
})
