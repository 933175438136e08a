/**
 * Where vitest runs the system tests: each file in a process of its own, as vitest's own `forks` do it, but within a sandbox of
 * interfaces, namespaces, processes and run directories (test/sandboxed-node), so that several can run side by side.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PoolOptions, PoolRunnerInitializer, PoolWorker, WorkerRequest } from 'vitest/node';

const SANDBOXED_NODE = fileURLToPath(new URL('sandboxed-node', import.meta.url));

class SandboxWorker implements PoolWorker {
  readonly name = 'sandbox';
  /** The worker reads what vitest has compiled from files, as those of `forks` do. */
  readonly cacheFs = true;
  private child: ChildProcess | null = null;

  constructor(private readonly options: PoolOptions) {}

  start(): Promise<void> {
    const { distPath, env, execArgv } = this.options;
    this.child = fork(join(distPath, 'workers', 'forks.js'), [], {
      execPath: SANDBOXED_NODE,
      execArgv,
      env: { ...env, CTSWITCH_NODE: process.execPath },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    return Promise.resolve();
  }

  /** Vitest has had its answer by now; with the first process of the sandbox all others end. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  on(event: string, callback: (value: unknown) => void): void {
    this.child?.on(event, callback);
  }

  off(event: string, callback: (value: unknown) => void): void {
    this.child?.off(event, callback);
  }

  send(message: WorkerRequest): void {
    this.child?.send(message);
  }

  deserialize(data: unknown): unknown {
    return data;
  }
}

export const sandboxPool: PoolRunnerInitializer = {
  name: 'sandbox',
  createPoolWorker: (options) => new SandboxWorker(options),
};
