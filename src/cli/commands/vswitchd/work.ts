/** The work of a daemon that follows a database. */
import type { ActiveTarget } from '../../../net/target.js';
import { Reconciler } from '../../../vswitchd/reconciler.js';
import type { WantedOptions } from '../../../vswitchd/wanted.js';
import type { Work } from '../../daemon/daemon.js';

export function followingWork(target: ActiveTarget, options: WantedOptions): Work {
  let reconciler: Reconciler | null = null;
  let end = (): void => {};
  /** The database may never come: the beginning ends with the work. */
  const ended = new Promise<never>((_, reject) => {
    end = () => reject(new Error('ended before the database was there'));
  });
  ended.catch(() => {});
  return {
    begin: async (running) => {
      reconciler = new Reconciler(target, running, options);
      reconciler.start();
      await Promise.race([reconciler.ready, ended]);
      return { line: null, status: 'following the database' };
    },
    end: () => {
      reconciler?.stop();
      end();
    },
  };
}
