/** What a partner says to a notice: it acknowledges, asks for more time, signs a date, or opts out of a
    brownout. Each stays on record, in the environment that it was said in. */
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isStorableText } from '../base/text.ts';
import type { UserError } from '../graphql/user-error.ts';
import type { Calling, Clocks } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { UNSTABLE } from '../versions/index.ts';
import { findWindow, insertOptOut } from './brownout.store.ts';
import { instantOf } from './notice-state.rules.ts';
import { findAcknowledgement, findPublished, insertResponse } from './talk.store.ts';

type Answer = Outcome<{ responseId: string; noticeId: string }, UserError>;

const MAX_TEXT_LENGTH = 2_000;

/** Most operations of one acknowledgement, and most characters of each. */
export const MAX_REWRITTEN = 20;
const MAX_DOCUMENT_LENGTH = 20_000;

const refuse = (code: 'NOT_FOUND' | 'INVALID', message: string, ...path: string[]) => refused<UserError>({ code, message, path });
const noNotice = refuse('NOT_FOUND', 'There is no such deprecation notice, or it was withdrawn.', 'noticeId');

const textFault = (text: string, name: string) =>
  text.trim() !== '' && text.length <= MAX_TEXT_LENGTH && isStorableText(text)
    ? null
    : refuse('INVALID', `\`${name}\` has 1 to ${MAX_TEXT_LENGTH} characters of plain text, and this one has ${text.length}.`, name);

type ReadDocument = Calling['readDocument'];

/** The operations must work where the element is missing, or they prove nothing. */
function rewrittenFault(documents: readonly string[], version: string, readDocument: ReadDocument) {
  if (documents.length > MAX_REWRITTEN)
    return refuse('INVALID', `There are ${documents.length} operations of at most ${MAX_REWRITTEN}: send the others as further acknowledgements.`, 'rewrittenOperations');
  for (const [i, document] of documents.entries()) {
    const path = ['rewrittenOperations', String(i)];
    if (document.length > MAX_DOCUMENT_LENGTH || !isStorableText(document))
      return refuse('INVALID', `The operation has ${document.length} characters of plain text, and at most ${MAX_DOCUMENT_LENGTH} are kept.`, ...path);
    const read = readDocument(document, version);
    if (!read.ok)
      return refuse('INVALID', `The operation does not work in ${version}, which lacks the element: ${read.refusal} Rewrite it, and try it at /graphql/${version}.`, ...path);
  }
  return null;
}

/** Saying it again answers the first time. Refusals: NOT_FOUND, INVALID. */
export async function acknowledge(
  tx: Tx,
  { environment }: Clocks,
  noticeId: string,
  { message, rewritten }: { message: string | null; rewritten: readonly string[] },
  readDocument: ReadDocument,
): Promise<Answer> {
  const fault = message === null ? null : textFault(message, 'message');
  if (fault) return fault;
  const notice = await findPublished(tx, noticeId);
  if (!notice) return noNotice;
  const unfit = rewrittenFault(rewritten, notice.removedIn ?? UNSTABLE, readDocument);
  if (unfit) return unfit;
  const known = await findAcknowledgement(tx, noticeId, rewritten);
  if (known) return ok({ responseId: known, noticeId });
  const responseId = newId('dpr');
  await insertResponse(tx, { id: responseId, noticeId, kind: 'ACKNOWLEDGED', message, onDate: null, signedBy: null, rewritten, respondedAt: new Date(environment.now()) });
  return ok({ responseId, noticeId });
}

/** Refusals: NOT_FOUND, INVALID. */
export async function requestExtension(tx: Tx, { environment }: Clocks, noticeId: string, { until, message }: { until: string; message: string }): Promise<Answer> {
  const fault = textFault(message, 'message');
  if (fault) return fault;
  const notice = await findPublished(tx, noticeId);
  if (!notice) return noNotice;
  if (instantOf(until) <= notice.sunsetAt.getTime())
    return refuse('INVALID', `The element answers until ${notice.sunsetAt.toISOString()} anyway: ask for a date after that.`, 'until');
  const responseId = newId('dpr');
  await insertResponse(tx, {
    id: responseId,
    noticeId,
    kind: 'EXTENSION_REQUESTED',
    message,
    onDate: until,
    signedBy: null,
    rewritten: [],
    respondedAt: new Date(environment.now()),
  });
  return ok({ responseId, noticeId });
}

/** Refusals: NOT_FOUND, INVALID. */
export async function signDate(tx: Tx, { environment }: Clocks, noticeId: string, { movedOn, signedBy }: { movedOn: string; signedBy: string }): Promise<Answer> {
  const fault = textFault(signedBy, 'signedBy');
  if (fault) return fault;
  const notice = await findPublished(tx, noticeId);
  if (!notice) return noNotice;
  if (instantOf(movedOn) > notice.sunsetAt.getTime())
    return refuse('INVALID', `The element ends at ${notice.sunsetAt.toISOString()}: sign a date before that, or request an extension.`, 'movedOn');
  const responseId = newId('dpr');
  await insertResponse(tx, { id: responseId, noticeId, kind: 'SIGNED', message: null, onDate: movedOn, signedBy, rewritten: [], respondedAt: new Date(environment.now()) });
  return ok({ responseId, noticeId });
}

/** Twice is as good as once. Refusals: NOT_FOUND, INVALID. */
export async function optOut(tx: Tx, { environment }: Clocks, windowId: string, reason: string): Promise<Outcome<{ windowId: string; noticeId: string }, UserError>> {
  const fault = textFault(reason, 'reason');
  if (fault) return fault;
  const window = await findWindow(tx, windowId);
  if (!window) return refuse('NOT_FOUND', 'There is no such brownout.', 'windowId');
  if (environment.now() >= window.endsAt)
    return refuse('INVALID', `The brownout ended at ${new Date(window.endsAt).toISOString()}: there is nothing left to opt out of.`, 'windowId');
  await insertOptOut(tx, { windowId, reason, optedOutAt: new Date(environment.now()) });
  return ok({ windowId, noticeId: window.noticeId });
}
