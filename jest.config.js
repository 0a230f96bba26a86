import { availableParallelism } from 'node:os';

/** Tests run on the compiled output: decorators need the compiler's own metadata. */
export default {
  roots: ['<rootDir>/dist/src', '<rootDir>/dist/test'],
  testMatch: ['**/*.test.js'],
  testEnvironment: 'node',
  testRunner: '<rootDir>/dist/test/harness/native-runner.js',
  transform: {},
  globalSetup: '<rootDir>/dist/test/harness/global-setup.js',
  globalTeardown: '<rootDir>/dist/test/harness/global-teardown.js',
  // A hang ends; a busy machine alone fails nothing.
  testTimeout: 60_000,
  // Two at least: most of a test's time passes in PostgreSQL. Four at most: each file has pools.
  maxWorkers: Math.min(4, Math.max(2, availableParallelism() - 1)),
};
