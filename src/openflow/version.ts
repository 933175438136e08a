/** OpenFlow versions: wire numbers, names, and the layouts that change from one to the next. */
import { OF10, OF11, OF12, OF13, OF14, OF15 } from '../match/versions.js';
import type { OfVersion } from './message-types.js';

export type { OfVersion };

/** Version bytes of the headers of OpenFlow 1.0 to 1.5. */
export { OF10, OF11, OF12, OF13, OF14, OF15 };

/** All versions of OpenFlow that the codec speaks, the lowest first. */
export const VERSIONS: readonly OfVersion[] = [OF10, OF11, OF12, OF13, OF14, OF15];

const NAMES: Record<OfVersion, string> = { 1: '1.0', 2: '1.1', 3: '1.2', 4: '1.3', 5: '1.4', 6: '1.5' };

/** "1.0" to "1.5". */
export const versionName = (version: OfVersion): string => NAMES[version];

/** True of a version byte that the codec speaks. */
export const isVersion = (version: number): version is OfVersion => version >= OF10 && version <= OF15;

/** The highest version in a bitmap (bit v = wire version v), which must not be empty. */
export const highestVersion = (versions: number): OfVersion => (31 - Math.clz32(versions)) as OfVersion;

/** The highest version in both bitmaps (bit v = wire version v); null if they have none in common. */
export function negotiate(ours: number, theirs: number): OfVersion | null {
  const common = ours & theirs & 0x7e;
  if (common === 0) return null;
  return highestVersion(common);
}
