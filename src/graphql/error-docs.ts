/** docs/errors.md, for partner engineers, made from the tables of codes. */
import { ERROR_CODES, USER_ERROR_CODES, type ErrorCode } from './error-codes.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows].map(cells => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const codeRow = ([name, { description, status, jsonStatus, retryable }]: [string, ErrorCode]): string[] => [
  `\`${name}\``,
  description,
  String(status),
  String(jsonStatus),
  retryable ? 'yes' : 'no',
];

/** The whole page as Markdown, ending in a line feed.
    @param staffCodes meanings of the staff API's user errors, by code */
export const errorDocs = (staffCodes: Readonly<Record<string, string>>): string => `# Errors

Generated from \`src/graphql/error-codes.ts\` by \`npm run schema:write\`: change it there.

## \`errors\`

Each error of an answer has a code in \`extensions.code\` and the request's id in \`extensions.requestId\`,
which is also the header \`X-Request-Id\`. Codes are stable; messages are for people and may change.

The HTTP status depends on the media type of the answer, which the \`Accept\` header chooses. The statuses
below are those of an answer without \`data\`; an answer with \`data\` has the status 200, whatever errors
stand beside it. Of several errors the first decides. A request that is no GraphQL request has HTTP's own
status in either media type: 400 where it is malformed, 404 where nothing is served at its path, 405, 406
or 415.

"Again" says whether the very same request may succeed later. Wait for as long as the header
\`Retry-After\` or \`extensions.retryAfterMs\` says.

${table(['Code', 'Meaning', '`application/graphql-response+json`', '`application/json`', 'Again'], Object.entries(ERROR_CODES).map(codeRow))}

## \`userErrors\`

A mutation that is refused for a reason that a well-made program expects has no \`errors\`: its payload says
why in \`userErrors { code message path }\`, and nothing was changed. The HTTP status is 200.

${table(
  ['Code', 'Meaning'],
  Object.entries(USER_ERROR_CODES).map(([name, description]) => [`\`${name}\``, description]),
)}

The staff API (\`/graphql/admin\`) answers in the same shape, with codes of its own in \`userErrors\`:

${table(
  ['Code', 'Meaning'],
  Object.entries(staffCodes).map(([name, description]) => [`\`${name}\``, description]),
)}

The endpoints below \`/oauth/\` answer errors in the shape of OAuth instead (RFC 6749, section 5.2).
`;
