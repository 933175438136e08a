/** In a checkout the package is what has been built of its sources; `npm run pack:openflow` makes one file of them. */
export * from '../../dist/src/openflow/index.js';
export * from '../../dist/src/remote/index.js';
