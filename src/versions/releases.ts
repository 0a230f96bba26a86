/** The dated versions that exist, oldest first. A release adds its line here. */
export const RELEASES: readonly string[] = ['2026-10'];
