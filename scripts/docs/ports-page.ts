/** The page of port types: what they are, how they are written, what can be said of them. */
import {
  PORT_OPTIONS,
  PORT_TYPE_NAMES,
  PORT_TYPES,
  type PortOption,
  type PortTypeRow,
} from '../../datapath/ports/port-types.js';
import { code, type Page, table } from './page.js';

const typeRows = (): string[][] =>
  PORT_TYPE_NAMES.map((type) => {
    const { takes, describe, classes, options, needs }: PortTypeRow = PORT_TYPES[type];
    return [
      code(type),
      code(type === 'system' ? takes : `${type}:${takes}`),
      describe,
      classes.netdev === classes.dummy
        ? code(classes.netdev)
        : `${code(classes.netdev)}, in a dummy ${code(classes.dummy)}`,
      options.map((name) => code(name) + (needs.includes(name) ? ' (needed)' : '')).join(', '),
    ];
  });

const optionRows = (): string[][] =>
  Object.entries(PORT_OPTIONS).map(([name, { takes, describe }]: [string, PortOption]) => [
    code(name),
    takes,
    describe,
  ]);

export const portsPage = (): Page => ({
  file: 'ports.md',
  title: 'Types of ports',
  intro:
    'Words are for `ctswitch run --bridge`, `ctswitch port add` and the list `ports` of a configuration file, where a port can also be a mapping: ' +
    '`{name: t0, type: tap, ofport: 7, options: {mtu: 9000}}`, whose `ofport` is the number in OpenFlow that it asks for. Relative paths in a file start from its folder.',
  body: [
    table(['type', 'in words', 'what it is', 'shown by `dpif/show` as', 'options'], typeRows()),
    '## Options',
    table(['option', 'takes', 'is'], optionRows()),
  ].join('\n\n'),
});
