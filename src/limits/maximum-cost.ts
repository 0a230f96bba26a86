/** What one operation may cost where no tier says otherwise. */
export const DEFAULT_MAXIMUM_COST = 1000;
