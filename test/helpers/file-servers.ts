/** FTP and TFTP between hosts in namespaces: servers over a folder with one file, and what clients make of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host, Namespaces } from './namespaces.js';
import { until } from './tool.js';

/** More than one segment, and the same on every line so that a loss shows. */
const CONTENT = Array.from({ length: 3000 }, (_, i) => `line ${i} of the file`).join('\n');

/** Debian's modules belong to Debian's Python. */
const PYTHON = '/usr/bin/python3';

export const FTP_MODES = {
  PASV: ['--disable-epsv', '--no-ftp-skip-pasv-ip'],
  EPSV: [],
  PORT: ['--ftp-port', '-', '--disable-eprt'],
  EPRT: ['--ftp-port', '-'],
} as const;
export type FtpMode = keyof typeof FTP_MODES;

export class FileServers {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ctswitch-files-'));

  constructor(private readonly hosts: Namespaces) {
    writeFileSync(join(this.folder, 'file'), CONTENT, { mode: 0o644 });
  }

  /** Serves FTP on both families. Active connections go back to where the client is, so PORT must name it by that address. */
  async ftp(host: Host): Promise<void> {
    this.hosts.spawn(host, [PYTHON, '-m', 'pyftpdlib', '-p', '21', '-i', '::', '-d', this.folder]);
    await until('the FTP server', () => this.hosts.exec(host, ['ss', '-ltn']).includes(':21 '));
  }

  async tftp(host: Host): Promise<void> {
    this.hosts.spawn(host, ['in.tftpd', '-L', '-s', '-u', 'root', '-a', ':69', this.folder]);
    await until('the TFTP server', () => this.hosts.exec(host, ['ss', '-lun']).includes(':69 '));
  }

  /** "whole" if the file comes as it is, else the client's exit code and what came. */
  curl(host: Host, url: string, options: readonly string[] = []): string {
    const fetch = ['curl', '-s', '--connect-timeout', '4', '--max-time', '15', ...options];
    return this.judge(this.hosts.tryExec(host, [...fetch, '-g', url]));
  }

  lftp(host: Host, address: string, isPassive: boolean): string {
    const settings = `set net:timeout 5; set net:max-retries 1; set ftp:passive-mode ${isPassive}; set ftp:ssl-allow off`;
    const script = `${settings}; open ftp://${address}; cat file; bye`;
    return this.judge(this.hosts.tryExec(host, ['lftp', '-c', script]));
  }

  private judge({ status, out }: { status: number; out: string }): string {
    return status === 0 && out === CONTENT ? 'whole' : `exit code ${status}, ${out.length} bytes`;
  }

  /** The file as a client has stored it. */
  stored(path: string): string {
    return this.judge({ status: 0, out: readFileSync(path, 'utf8') });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
