/** The codes of `userErrors` in the staff API. They are no part of the partner API, whose versions
    promise their own. */
export const STAFF_ERROR_CODES = {
  NOT_FOUND: 'The input names something that does not exist.',
  INVALID: 'A value of the input cannot be taken; the message says what can.',
  RULE_BROKEN: 'A rule of the marketplace forbids it; the message says which, its limit and what would pass.',
  REVIEW_STATE: 'The notice is in a state of its review in which this cannot be done.',
  OWN_WORK: 'Nobody decides on work of their own: another person must.',
  ALREADY_DECIDED: 'You have decided on this already; another person must be the next.',
  DUPLICATE: 'There is such a thing already; the message says which.',
} as const;

export type StaffErrorCode = keyof typeof STAFF_ERROR_CODES;
