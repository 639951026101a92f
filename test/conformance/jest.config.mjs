import { createRequire } from 'node:module';
import path from 'node:path';

const packageMain = createRequire(import.meta.url).resolve('mediasoup');

// The tests are in node_modules, which jest ignores by default: so its root is the folder of the tests, no path is ignored,
// and the file map keeps files of node_modules. The tests are compiled already, so nothing is transformed.
export default {
  rootDir: path.join(path.dirname(packageMain), 'test'),
  testMatch: ['**/test-*.js'],
  testPathIgnorePatterns: [],
  haste: { retainAllFiles: true },
  transform: {},
  testEnvironment: 'node',
};
