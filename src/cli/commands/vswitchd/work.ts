/** The work of a daemon that follows a database. */
import type { ActiveTarget } from '../../../net/target.js';
import { Reconciler } from '../../../vswitchd/reconciler.js';
import type { WantedOptions } from '../../../vswitchd/wanted.js';
import type { Work } from '../../daemon/daemon.js';

export function followingWork(target: ActiveTarget, options: WantedOptions): Work {
  let reconciler: Reconciler | null = null;
  return {
    begin: async (running) => {
      reconciler = new Reconciler(target, running, options);
      reconciler.start();
      await reconciler.ready;
      return { line: null, status: 'following the database' };
    },
    end: () => reconciler?.stop(),
  };
}
