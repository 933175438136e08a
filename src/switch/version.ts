/** The version in package.json: above this file, by how many folders depends on whether it has been built. */
import { existsSync, readFileSync } from 'node:fs';

function findPackage(from: URL): URL {
  const candidate = new URL('package.json', from);
  return existsSync(candidate) ? candidate : findPackage(new URL('../', from));
}

const PACKAGE = findPackage(new URL('./', import.meta.url));

export const VERSION: string = (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
