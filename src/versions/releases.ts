/** The dated versions that exist, oldest first, from their release candidate on. A release adds its line here. */
export const RELEASES: readonly string[] = ['2026-01', '2026-04', '2026-07', '2026-10', '2027-01'];
