import { createRequire } from 'node:module';
import path from 'node:path';

const packageMain = createRequire(import.meta.url).resolve('mediasoup');

// The tests live inside node_modules, which jest leaves out unless it is told otherwise: its root is the folder of
// the tests, nothing is ignored by path, and the file map keeps files of node_modules. They are compiled
// already, so nothing is transformed.
export default {
  rootDir: path.join(path.dirname(packageMain), 'test'),
  testMatch: ['**/test-*.js'],
  testPathIgnorePatterns: [],
  haste: { retainAllFiles: true },
  transform: {},
  testEnvironment: 'node',
};
