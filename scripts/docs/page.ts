/** What a generated page is, and how its parts are written. */

export interface Page {
  /** Folder in docs; `reference` where it is left out. */
  readonly folder?: string;
  readonly file: string;
  readonly title: string;
  readonly intro: string;
  readonly body: string;
}

export const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

/** A cell must not end its row, nor become HTML. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

export function render({ title, intro, body }: Page): string {
  return `# ${title}\n\n<!-- Made by scripts/gen-docs.ts: do not edit. -->\n\n${intro}\n\n${body}\n`;
}
