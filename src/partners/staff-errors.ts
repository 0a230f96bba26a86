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
  CRITERIA_MALFORMED: 'The rule is no tree of the conditions that there are; the path leads to the fault.',
  CRITERIA_METRIC_UNKNOWN: 'A test looks at a metric that is not defined in this version.',
  CRITERIA_UNIT: 'A test gives its value in another unit than its metric has.',
  CRITERIA_POLARITY: 'A test asks for more of what should be less, or for less of what should be more.',
  CRITERIA_ACTIVITY_ONLY: 'The rule can be met by activity alone.',
  CRITERIA_CONSENT_VOLUME: 'The rule counts consents, which no reward may grow with.',
  CRITERIA_NO_OUTCOME: 'The rule can be met without any outcome for people.',
  CRITERIA_NO_GUARDRAIL: 'The rule can be met without a guardrail.',
  ATTAINABILITY_REASON_REQUIRED: 'Fewer than a tenth of those it is for meet the rule today, and nobody has written why it is right all the same.',
  USER_OUTCOME_REQUIRED: 'A milestone says in plain words what people notice once it is reached, and this one does not.',
  DEPENDENCY_CYCLE: 'Milestones would depend on one another in a circle, so that none of them could ever open.',
  NOTICE_TOO_SHORT: 'What gets harder is announced 90 days ahead, and nothing is back-dated.',
  PROGRAMME_UNBALANCED: 'The program does not reward in all three ways: with money, with recognition and with capabilities.',
  ON_HOLD: 'It is in dispute, and nothing goes on with it until that is decided.',
  BUDGET_EXHAUSTED: "The program's budget does not hold as much.",
} as const;

export type StaffErrorCode = keyof typeof STAFF_ERROR_CODES;
