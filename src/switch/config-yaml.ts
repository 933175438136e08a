/**
 * Configurations from a YAML file:
 *
 *     bridges:
 *       br0:
 *         ports: [veth0, "tap:tap0"]
 *         groups: [flows/my.groups]
 *         flows: [flows/my.flows]
 *         listen: ["ptcp:6653"]
 *         controllers: ["tcp:127.0.0.1:6653"]
 *         fail_mode: secure
 *         datapath: netdev
 *         datapath_id: "0000000000000001"
 *     conntrack:                # conntrack-config.ts
 *       max_connections: 100000
 *
 * Relative paths are relative to the file's folder. A mistake is reported with line and column.
 */
import { dirname, resolve } from 'node:path';
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { BRIDGE_SETTING_NAMES, newBridge, readBridgeSettings } from './bridge-settings.js';
import { type BridgeConfig, ConfigError, type SwitchConfig } from './config.js';
import { conntrackFromYaml } from './conntrack-config.js';
import { Place, type YamlPosition } from './place.js';
import { asObject } from './yaml-values.js';

/**
 * The configuration in a YAML text. `file` names it in messages, and relative paths start from its folder. Throws a ConfigError with line
 * and column.
 */
export function configFromYaml(text: string, file: string): SwitchConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw syntaxError(error, lines, file);
  const place = Place.inFile(new YamlSpot(file, lines, isNode(document.contents) ? document.contents : null));
  const root = asObject(toJs(document, place) ?? {}, place, ['bridges', 'conntrack']);
  const folder = dirname(resolve(file));
  const bridges = asObject(root.bridges ?? {}, place.at('bridges'));
  return {
    bridges: Object.entries(bridges).map(([name, value]) =>
      yamlBridge(name, value, place.at('bridges', null).at(name, `bridge ${name}`), folder),
    ),
    conntrack: conntrackFromYaml(root.conntrack, place.at('conntrack')),
  };
}

function syntaxError(error: YAMLError, lines: LineCounter, file: string): ConfigError {
  const { line, col } = lines.linePos(error.pos[0]);
  return new ConfigError(`${file}:${line}:${col}: ${error.message.split('\n')[0]}`);
}

/** A document of aliases to aliases would take all memory: `yaml` refuses that. */
function toJs(document: Document, place: Place): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return place.fail((error as Error).message);
  }
}

function yamlBridge(name: string, value: unknown, place: Place, folder: string): BridgeConfig {
  const row = asObject(value ?? {}, place, BRIDGE_SETTING_NAMES);
  const isConfigError = (error: unknown): error is ConfigError => error instanceof ConfigError;
  return { ...place.key.run(() => newBridge(name), isConfigError), ...readBridgeSettings(row, place, folder) };
}

/** A node of the document; where there is none, the file as a whole. */
class YamlSpot implements YamlPosition {
  constructor(
    private readonly file: string,
    private readonly lines: LineCounter,
    private readonly node: Node | null,
  ) {}

  get text(): string {
    if (this.node?.range == null) return this.file;
    const { line, col } = this.lines.linePos(this.node.range[0]);
    return `${this.file}:${line}:${col}`;
  }

  value(key: string | number): YamlPosition | null {
    const { node } = this;
    const items: unknown[] = node !== null && 'items' in node && Array.isArray(node.items) ? node.items : [];
    return this.spot(isMap(node) ? pairOf(items, key)?.value : items[Number(key)]);
  }

  key(key: string | number): YamlPosition | null {
    return this.spot(isMap(this.node) ? pairOf(this.node.items, key)?.key : null);
  }

  private spot(node: unknown): YamlPosition | null {
    return isNode(node) ? new YamlSpot(this.file, this.lines, node) : null;
  }
}

function pairOf(items: readonly unknown[], key: string | number): { key: unknown; value: unknown } | null {
  const found = items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key));
  return isPair(found) ? found : null;
}
