import type { Attack } from './attack.js';
import { fullDisks } from './full-disks.js';
import { kills } from './kills.js';

/** All attacks, in the order of the table. */
export const attacks: readonly Attack[] = [kills, fullDisks];
