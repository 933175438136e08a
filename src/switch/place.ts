/** Where in a configuration something stands: what a mistake is told with, and what was probably meant. */
import { isMap, isNode, isPair, isScalar, type LineCounter, type Node } from 'yaml';
import { didYouMean } from '../../datapath/base/suggest.js';
import { ConfigError } from './config.js';

/** A YAML document that places point into. */
export interface Source {
  readonly file: string;
  readonly contents: unknown;
  readonly lines: LineCounter;
}

/** The file itself, a key in it, an item of a list: each knows how people call it, and where it is. */
export class Place {
  private constructor(
    private readonly source: Source | null,
    /** Of the value, or of what holds it where there is none; null outside of files. */
    private readonly node: Node | null,
    private readonly keyNode: Node | null,
    /** As people say it, from the outside in: ["bridge br0", "fail_mode"]. */
    private readonly names: readonly string[],
  ) {}

  static inFile(source: Source): Place {
    return new Place(source, isNode(source.contents) ? source.contents : null, null, []);
  }

  /** Words of a command line: `name` is the option, or the command. */
  static inWords(name: string): Place {
    return new Place(null, null, null, [name]);
  }

  /** The value of that key or with that number in a list; `name` null if nobody needs to hear of it. */
  at(key: string | number, name: string | null = String(key)): Place {
    const names = name === null ? this.names : [...this.names, name];
    const { node, keyNode } = below(this.node, key);
    return new Place(this.source, node ?? this.node, keyNode, names);
  }

  /** The key instead of its value: of what is wrong with a name. */
  get key(): Place {
    return new Place(this.source, this.keyNode ?? this.node, this.keyNode, this.names);
  }

  /** Throws: this value is wrong. */
  fail(what: string): never {
    throw new ConfigError(this.tell(this.node ?? this.keyNode, this.names, what));
  }

  /** Throws: the key `key` of this mapping is none of `known`. */
  failKey(key: string, known: readonly string[]): never {
    const guess = didYouMean(key, known);
    const what = `unknown key "${key}"; ${guess === '' ? '' : `${guess} `}known are ${known.join(', ')}`;
    throw new ConfigError(this.tell(below(this.node, key).keyNode, this.names, what));
  }

  /** Throws: this word is none of `known`. */
  failWord(word: string, known: readonly string[]): never {
    const guess = didYouMean(word, known);
    return this.fail(`"${word}" is not one of ${known.join(', ')}${guess === '' ? '' : `. ${guess}`}`);
  }

  /** `read`'s result; what it refuses is told with this place. */
  run<T>(read: () => T, isRefusal: (error: unknown) => error is Error): T {
    try {
      return read();
    } catch (error) {
      if (isRefusal(error)) this.fail(error.message);
      throw error;
    }
  }

  /** `lab.yaml:3:16: bridge br0: fail_mode: what`. */
  private tell(node: Node | null, names: readonly string[], what: string): string {
    return [...(this.source === null ? [] : [placeOf(this.source, node)]), ...names, what].join(': ');
  }
}

function placeOf({ file, lines }: Source, node: Node | null): string {
  if (node?.range == null) return file;
  const { line, col } = lines.linePos(node.range[0]);
  return `${file}:${line}:${col}`;
}

/** Behind an alias nothing is found: then it is told where that stands. */
function below(node: Node | null, key: string | number): { node: Node | null; keyNode: Node | null } {
  const items: unknown[] = node !== null && 'items' in node && Array.isArray(node.items) ? node.items : [];
  if (!isMap(node)) return { node: asNode(items[Number(key)]), keyNode: null };
  const pair = items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key));
  return isPair(pair) ? { node: asNode(pair.value), keyNode: asNode(pair.key) } : { node: null, keyNode: null };
}

const asNode = (value: unknown): Node | null => (isNode(value) ? value : null);
