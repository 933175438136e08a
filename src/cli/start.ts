#!/usr/bin/env node
/** The installed program begins here, in its bundle; from the sources it is main.ts. */
import { loadPieces } from './pieces.js';

loadPieces(import.meta.dirname, 'cli.cjs');
