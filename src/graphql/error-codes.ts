/**
 * The one table of error codes. What a client may rely on: the code, the HTTP status for each media
 * type, and whether the same request may succeed later. docs/errors.md is generated from it.
 *
 * `application/graphql-response+json` says 4xx for a request that never executed;
 * `application/json` says 200 for any well-formed GraphQL request (GraphQL over HTTP, "Status
 * codes"), so a status of its own there means that the request was not one, or that the caller
 * must act outside GraphQL (authenticate, wait, retry).
 */
export interface ErrorCode {
  readonly description: string;
  /** Status for `application/graphql-response+json`, where nothing was executed. */
  readonly status: number;
  /** Status for `application/json`. */
  readonly jsonStatus: number;
  readonly retryable: boolean;
}

const code = (status: number, jsonStatus: number, description: string, retryable = false): ErrorCode => ({ description, status, jsonStatus, retryable });

export const ERROR_CODES = {
  UNAUTHENTICATED: code(401, 401, 'The access token is missing, expired, revoked or not one of ours. Get a new one at /oauth/token.'),
  FORBIDDEN: code(403, 200, 'The token is valid, but its role or scopes do not allow this, or its integration has not gone live.'),
  NOT_FOUND: code(404, 200, 'A write names something that does not exist or belongs to somebody else.'),
  BAD_USER_INPUT: code(400, 200, 'An argument, variable or request parameter has a value that cannot be meant; the message says which, its limit and what to send.'),
  CONSENT_REQUIRED: code(403, 200, 'The data subject has not consented to this reading, or no longer does.'),
  THROTTLED: code(429, 200, 'A budget is used up; `retryAfterMs` says when to come back.', true),
  COST_LIMIT_EXCEEDED: code(400, 200, 'The operation costs more than any one operation may; ask for less at once.'),
  DOCUMENT_TOO_LARGE: code(413, 413, 'The request body or the document is longer than it may be.'),
  DOCUMENT_TOO_DEEP: code(400, 200, 'The document nests its fields too deeply, or its fragments contain one another.'),
  DOCUMENT_TOO_WIDE: code(400, 200, 'The document has too many root fields, aliases, fields or directives.'),
  API_VERSION_UNKNOWN: code(400, 400, 'No API version of that name exists; the message lists those that do.'),
  API_VERSION_RETIRED: code(
    410,
    410,
    'The API version is no longer served. Name one that the message offers, in the path or the header; an integration that is pinned to the retired one is moved by `pinApiVersion`.',
  ),
  SANDBOX_VALUE_IN_LIVE: code(400, 200, 'A value or header that only a sandbox knows was sent to the live environment.'),
  PURPOSE_EXCEEDED: code(403, 200, 'More was asked than the purpose allows.'),
  BROWNOUT: code(400, 200, 'A deprecated element is switched off for an announced while; move to its replacement.'),
  SUNSET: code(400, 200, 'The element no longer exists in this API version; the message names its replacement.'),
  IDEMPOTENCY_CONFLICT: code(409, 200, 'The idempotency key was used before with a different request.'),
  GRAPHQL_PARSE_FAILED: code(400, 200, 'The document is not GraphQL; the location says where it stops being so.'),
  GRAPHQL_VALIDATION_FAILED: code(400, 200, "The document does not fit the API version's schema."),
  UNAVAILABLE: code(503, 503, 'Portico cannot answer at the moment. Send the same request again shortly.', true),
  INTERNAL: code(500, 500, 'A fault of ours. The request id finds it in our log; nothing about it is told outside.'),
} as const satisfies Record<string, ErrorCode>;

export type ErrorCodeName = keyof typeof ERROR_CODES;

export const isErrorCode = (name: unknown): name is ErrorCodeName => typeof name === 'string' && Object.hasOwn(ERROR_CODES, name);

/** The codes of `userErrors`: refusals that belong to a mutation's answer, whatever its HTTP status.
    None of them changed anything. */
export const USER_ERROR_CODES = {
  NOT_FOUND: 'The input names something that does not exist or belongs to somebody else.',
  VERSION_RETIRED: 'The API version is no longer served; the message names those that are.',
  VERSION_UNRELEASED: 'The API version is not released and may change, so nothing live is pinned to it.',
  INVALID: 'A value of the input cannot be taken; the message says what can.',
  PURPOSE_NOT_APPROVED: 'The integration is not approved for the purpose; ask the marketplace for it.',
  PURPOSE_EXCEEDED: "More was asked than the purpose's policy allows; the message says how far it goes.",
  RECIPIENT_UNVERIFIED: 'The marketplace has not verified your organisation, so people cannot be told who asks.',
  REDIRECT_URI_MISSING: 'The integration has no redirect URI, so people could not come back to you.',
  CONSENT_RESTING: 'The person said no within the last 30 days; the message says from when on you may ask again.',
  CONSENT_ALREADY_GIVEN: 'The person has agreed to all of this already, and it is too early to renew.',
  DELETION_OVERDUE: 'Your organisation owes a deletion that is overdue; attest it before you ask for anything new.',
  SUSPENDED: 'The marketplace is looking into the grant; nothing about it changes meanwhile.',
  NOT_SUSPENDED: 'The grant is not suspended.',
  NOT_EXPIRED: 'The grant has not expired yet.',
  NOT_NARROWER: 'Narrowing only takes away; what goes beyond the grant is asked for anew.',
  GRANT_ENDED: 'The grant has ended; ask for a new one.',
  CREDENTIAL_ENDED: 'The credential is revoked or has expired already; issue a new one instead.',
  CHECKLIST_OPEN: 'Your sandboxes have not shown every step of `onboarding` yet; the message names those that are open.',
  ALREADY_REPAIRED: 'The rejected event was repaired before; it counts once.',
  TOO_MANY_EVENTS: 'One request holds more events than it may; send the rest in another, or as a file to `POST /events/bulk`.',
  LIVE_ONLY: 'Only a token of the live environment may do this; a sandbox may reset itself and move its own clock.',
  QUOTA_EXCEEDED: 'No more of them are allowed; the message says how many are. Remove those that you no longer need, or ask the marketplace for more.',
  NAME_TAKEN: 'The name must be your own alone while it is in use, and it is in use.',
  TOO_MANY_CREDENTIALS: 'As many credentials of the integration are valid as may be at once; revoke one, or wait until one expires.',
} as const;

export type UserErrorCode = keyof typeof USER_ERROR_CODES;

export const isUserErrorCode = (name: string): name is UserErrorCode => Object.hasOwn(USER_ERROR_CODES, name);
