/** Where in a configuration something stands: for messages about mistakes, and what was probably meant. */
import { didYouMean } from '../../datapath/base/suggest.js';
import { ConfigError } from './config.js';

/** A value in a file. */
export interface YamlPosition {
  /** "lab.yaml:3:5" */
  readonly text: string;
  /** The value behind a key, or with a number in a list; null behind an alias, where nothing is found. */
  value(key: string | number): YamlPosition | null;
  /** The key itself. */
  key(key: string | number): YamlPosition | null;
}

/** The file itself, a key in it, an item of a list: each knows how people call it, and where it is. */
export class Place {
  private constructor(
    /** Of the value, or of what holds it where there is none; null outside of files. */
    private readonly spot: YamlPosition | null,
    private readonly keySpot: YamlPosition | null,
    /** As people say it, from the outside in: ["bridge br0", "fail_mode"]. */
    private readonly names: readonly string[],
  ) {}

  static inFile(spot: YamlPosition): Place {
    return new Place(spot, null, []);
  }

  /** Words of a command line: `name` is the option, or the command. */
  static inWords(name: string): Place {
    return new Place(null, null, [name]);
  }

  /** The value of that key or with that number in a list; `name` null if nobody needs to hear of it. */
  at(key: string | number, name: string | null = String(key)): Place {
    const names = name === null ? this.names : [...this.names, name];
    return new Place(this.spot?.value(key) ?? this.spot, this.spot?.key(key) ?? null, names);
  }

  /** The key instead of its value: of what is wrong with a name. */
  get key(): Place {
    return new Place(this.keySpot ?? this.spot, this.keySpot, this.names);
  }

  /** Throws: this value is wrong. */
  fail(what: string): never {
    return this.tell(this.spot, what);
  }

  /** Throws: the key `key` of this mapping is none of `known`. */
  failKey(key: string, known: readonly string[]): never {
    const guess = didYouMean(key, known);
    const what = `unknown key "${key}"; ${guess === '' ? '' : `${guess} `}known are ${known.join(', ')}`;
    return this.tell(this.spot?.key(key) ?? this.spot, what);
  }

  /** Throws: this word is none of `known`. */
  failWord(word: string, known: readonly string[]): never {
    const guess = didYouMean(word, known);
    return this.fail(`"${word}" is not one of ${known.join(', ')}${guess === '' ? '' : `. ${guess}`}`);
  }

  /** `read`'s result; what it refuses is reported with this place. */
  run<T>(read: () => T, isRefusal: (error: unknown) => error is Error): T {
    try {
      return read();
    } catch (error) {
      if (isRefusal(error)) this.fail(error.message);
      throw error;
    }
  }

  /** `lab.yaml:3:16: bridge br0: fail_mode: what`. */
  private tell(spot: YamlPosition | null, what: string): never {
    throw new ConfigError([...(spot === null ? [] : [spot.text]), ...this.names, what].join(': '));
  }
}
