/**
 * Notifications to a service manager that asks for them (sd_notify(3)): that the switch works, that it ends, and now and then that it
 * lives. The environment names the socket; without it nobody is notified.
 */
import { guard } from '../../datapath/base/guard.js';
import { sendUnixDatagram } from '../../datapath/ports/sys/datagram.js';

export interface ServiceManagerOptions {
  env: NodeJS.ProcessEnv;
  pid: number;
}

export class ServiceManager {
  private readonly socket: string | undefined;
  private readonly watchdogMs: number;
  private timer: NodeJS.Timeout | null = null;

  constructor({ env, pid }: ServiceManagerOptions) {
    this.socket = env.NOTIFY_SOCKET;
    // The watchdog may be meant for another process, which left its environment to this one.
    const isMine = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(pid);
    this.watchdogMs = isMine ? Number(env.WATCHDOG_USEC ?? 0) / 1000 : 0;
  }

  ready(status: string): void {
    this.tell(`READY=1\nSTATUS=${status}`);
    if (!(this.watchdogMs > 0)) return;
    // Half the time that is allowed, as the manual advises. A switch whose loop stands still says nothing, and is started anew.
    this.timer = setInterval(() => this.tell('WATCHDOG=1'), this.watchdogMs / 2);
    this.timer.unref();
  }

  stopping(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.tell('STOPPING=1\nSTATUS=ending');
  }

  /** A manager that does not listen is no reason to end. */
  private tell(text: string): void {
    const { socket } = this;
    if (socket !== undefined && /^[/@]./.test(socket))
      guard('telling the service manager', undefined, () => sendUnixDatagram(socket, text));
  }
}
