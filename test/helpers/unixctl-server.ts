/** A unixctl server with commands of a test's own, anew for each test of the file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Command, Registry } from '../../src/unixctl/registry.js';
import { serveUnixctl, type UnixctlServer } from '../../src/unixctl/server.js';

export interface TestServer {
  folder: string;
  /** Of its socket. */
  path: string;
  server: UnixctlServer;
}

/** To be called at the top of a test file; the fields hold while a test runs. */
export function serveForEachTest(commands: readonly Command[]): TestServer {
  const current = {} as TestServer;
  beforeEach(async () => {
    current.folder = mkdtempSync(join(tmpdir(), 'ctswitch-unixctl-'));
    current.path = join(current.folder, 'daemon.1.ctl');
    const registry = new Registry('daemon 1.0');
    registry.add(...commands);
    current.server = await serveUnixctl(current.path, registry);
  });
  afterEach(async () => {
    await current.server.close();
    rmSync(current.folder, { recursive: true, force: true });
  });
  return current;
}
