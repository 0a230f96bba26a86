/** Every version's changes, oldest version first. A version without any has no entry. */
import type { ChangesOf } from '../change.ts';
import { changesOf202607 } from './2026-07.ts';
import { changesOf202610 } from './2026-10.ts';
import { changesOf202701 } from './2027-01.ts';

export const CHANGES: readonly ChangesOf[] = [changesOf202607, changesOf202610, changesOf202701];
