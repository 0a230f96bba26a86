/** Registering documents, and holding integrations to them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { elementSetOf, recordElementSets } from '../deprecations/index.ts';
import type { Calling, Clocks } from '../graphql/writing.ts';
import { currentEnvironment } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { MAX_DOCUMENTS_AT_ONCE, WAY_OUT, decideCount, decideMode, hashIn, type DocumentMode, type DocumentRefusal } from './document.rules.ts';
import { countDocuments, holdDocuments, isElementUsed, putDocuments, removeDocuments, setMode, type NewDocument, type Owner } from './registered-document.store.ts';

const noSuchIntegration = refused<DocumentRefusal>({ code: 'NOT_FOUND', message: 'There is no such integration.', path: ['integrationId'] });

async function ownerOf(tx: Tx, integrationId: string): Promise<{ owner: Owner; partnerId: string; mode: DocumentMode } | null> {
  const { id: environmentId } = await currentEnvironment(tx);
  const owner = { environmentId, integrationId };
  const held = await holdDocuments(tx, owner);
  return held && { owner, ...held };
}

const atOnce = (count: number, path: string): DocumentRefusal | null =>
  count >= 1 && count <= MAX_DOCUMENTS_AT_ONCE
    ? null
    : { code: 'INVALID', message: `One request takes 1 to ${MAX_DOCUMENTS_AT_ONCE} documents, and this one has ${count}. Send several.`, path: [path] };

/** Registers documents for the version that answers the request, all or none; doing it again changes nothing. Answers their
    hashes in the order in which they were given. Refusals: INVALID, NOT_FOUND, QUOTA_EXCEEDED. */
export async function registerOperations(
  tx: Tx,
  { environment }: Clocks,
  calling: Calling,
  { integrationId, texts }: { readonly integrationId: string; readonly texts: readonly string[] },
): Promise<Outcome<readonly string[], DocumentRefusal>> {
  const tooMany = atOnce(texts.length, 'operations');
  if (tooMany) return refused(tooMany);
  const read = await readAll(calling, texts);
  if (!read.ok) return read;
  const documents = new Map(read.value.map(({ document }) => [document.hash, document]));
  const held = await ownerOf(tx, integrationId);
  if (!held) return noSuchIntegration;
  const { all, known } = await countDocuments(tx, held.owner, [...documents.keys()]);
  const decision = decideCount(all, documents.size - known);
  if (!decision.ok) return decision;
  await recordElementSets(tx, new Map(read.value.map(({ document, coordinates }) => [document.elementSet, coordinates])));
  await putDocuments(tx, held.owner, { partnerId: held.partnerId, apiVersion: calling.apiVersion, at: new Date(environment.now()), documents: [...documents.values()] });
  return ok(read.value.map(({ document }) => document.hash));
}

interface ReadText {
  readonly document: NewDocument;
  readonly coordinates: readonly string[];
}

async function readAll(calling: Calling, texts: readonly string[]): Promise<Outcome<readonly ReadText[], DocumentRefusal>> {
  const read: ReadText[] = [];
  for (const [i, text] of texts.entries()) {
    const found = calling.readDocument(text);
    if (!found.ok)
      return refused({
        code: 'INVALID',
        message: `Document ${i + 1} of ${texts.length} cannot be registered for ${calling.apiVersion}, and none was: ${found.refusal}`,
        path: ['operations', String(i), 'document'],
      });
    const { hash, operationNames, coordinates } = found.value;
    read.push({ document: { hash, text, operationNames, elementSet: elementSetOf(coordinates) }, coordinates });
    // A hundred documents take a tenth of a second: others have their turns in between.
    await nextTurn();
  }
  return ok(read);
}

/** Answers which of the documents were registered. Refusals: INVALID, NOT_FOUND. */
export async function unregisterOperations(
  tx: Tx,
  calling: Calling,
  { integrationId, documentIds }: { readonly integrationId: string; readonly documentIds: readonly string[] },
): Promise<Outcome<readonly string[], DocumentRefusal>> {
  const tooMany = atOnce(documentIds.length, 'documentIds');
  if (tooMany) return refused(tooMany);
  const held = await ownerOf(tx, integrationId);
  if (!held) return noSuchIntegration;
  const removed = await removeDocuments(
    tx,
    held.owner,
    documentIds.flatMap(id => hashIn(id) ?? []),
  );
  const decision = decideMode(held.mode, await standingOf(tx, held.owner, calling));
  return decision.ok ? ok(removed) : refused({ ...decision.refusal, path: ['documentIds'] });
}

/** Refusals: INVALID, NOT_FOUND. */
export async function setDocumentMode(
  tx: Tx,
  calling: Calling,
  { integrationId, mode }: { readonly integrationId: string; readonly mode: DocumentMode },
): Promise<Outcome<null, DocumentRefusal>> {
  const held = await ownerOf(tx, integrationId);
  if (!held) return noSuchIntegration;
  const decision = decideMode(mode, await standingOf(tx, held.owner, calling));
  if (decision.ok) await setMode(tx, held.owner, mode);
  return decision;
}

const standingOf = async (tx: Tx, owner: Owner, calling: Calling) => ({
  isOwn: owner.integrationId === calling.integrationId,
  registered: (await countDocuments(tx, owner, [])).all,
  hasWayOut: await isElementUsed(tx, owner, WAY_OUT),
});
