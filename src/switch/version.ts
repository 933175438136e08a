/** The package that this file belongs to: its folder, wherever the build has put the file, and its version. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

function findPackage(from: URL): URL {
  return existsSync(new URL('package.json', from)) ? from : findPackage(new URL('../', from));
}

const FOLDER = findPackage(new URL('./', import.meta.url));

/** Of the package, such as "0.1.0". */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('package.json', FOLDER), 'utf8')) as { version: string }
).version;

/** Path of a file or folder of the package: `packageFile('flows')`. */
export const packageFile = (path: string): string => fileURLToPath(new URL(path, FOLDER));
