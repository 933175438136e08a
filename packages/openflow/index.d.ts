export * from '../../src/openflow/index.js';
export * from '../../src/remote/index.js';
