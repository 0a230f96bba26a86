/** The SQL of people as consent knows them: who they are, by which name each partner knows them, and
    the browsers that they decide in. */
import { randomBytes } from 'node:crypto';
import { newId } from '../base/ids.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { Language } from './catalogue.rules.ts';

export interface Person {
  readonly id: string;
  readonly reference: string;
  readonly name: string | null;
}

const PERSON = `id, reference, nullif(btrim(concat_ws(' ', given_name, family_name)), '') as name`;

export async function findPerson(tx: Tx, environmentId: string, by: { id: string } | { reference: string }): Promise<Person | null> {
  const [column, value] = 'id' in by ? ['id', by.id] : ['reference', by.reference];
  const [person] = await tx.query<Person[]>(`select ${PERSON} from portico.customer where environment_id = $1 and ${column} = $2 and erased_at is null`, [environmentId, value]);
  return person ?? null;
}

/** The first people of an environment by their references, for whoever rehearses with sample data. */
export const samplePeople = (tx: Tx, environmentId: string, limit: number): Promise<Person[]> =>
  tx.query(`select ${PERSON} from portico.customer where environment_id = $1 and erased_at is null order by reference limit $2`, [environmentId, limit]);

/** Whom a partner means by a pairwise id; null where it is none of its own. */
export async function customerBehind(tx: Tx, environmentId: string, partnerId: string, subjectId: string): Promise<string | null> {
  const [row] = await tx.query<{ customer_id: string }[]>('select customer_id from portico.pairwise_subject where environment_id = $1 and partner_id = $2 and id = $3', [
    environmentId,
    partnerId,
    subjectId,
  ]);
  return row?.customer_id ?? null;
}

/** Whom the partner knows by an id; null where that is nobody, or somebody who has been erased. */
export async function personBehind(tx: Tx, environmentId: string, partnerId: string, subjectId: string): Promise<string | null> {
  const customerId = await customerBehind(tx, environmentId, partnerId, subjectId);
  return (customerId !== null && (await findPerson(tx, environmentId, { id: customerId }))?.id) || null;
}

/** By which id the partner knows the person; null where it does not. */
export async function subjectBehind(tx: Tx, environmentId: string, partnerId: string, customerId: string): Promise<string | null> {
  const [row] = await tx.query<{ id: string }[]>('select id from portico.pairwise_subject where environment_id = $1 and partner_id = $2 and customer_id = $3', [
    environmentId,
    partnerId,
    customerId,
  ]);
  return row?.id ?? null;
}

/** The id by which the partner knows the person; where there is none yet, it becomes `id`. */
export async function pairwiseSubject(tx: Tx, key: { environmentId: string; partnerId: string; customerId: string }, id = newId('sub')): Promise<string> {
  const values = [key.environmentId, key.partnerId, key.customerId];
  await tx.query(
    `with made as (insert into portico.pairwise_subject (environment_id, partner_id, customer_id, id, salt) values ($1, $2, $3, $4, $5)
       on conflict (environment_id, partner_id, customer_id) do nothing returning environment_id, partner_id, id)
     insert into portico.subject_key (environment_id, partner_id, subject_id, key) select environment_id, partner_id, id, $6 from made`,
    [...values, id, randomBytes(32), randomBytes(32)],
  );
  const [row] = await tx.query<{ id: string }[]>('select id from portico.pairwise_subject where environment_id = $1 and partner_id = $2 and customer_id = $3', values);
  return row!.id;
}

/** The OAuth request that a browser came with, checked. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string | null;
  readonly codeChallenge: string;
  readonly consentRequestId: string;
}

/** What the sign-in at the OpenID Provider must come back with. */
export interface SignInAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface SubjectSession {
  readonly customerId: string | null;
  readonly authorization: AuthorizationRequest | null;
  readonly signIn: SignInAttempt | null;
  readonly language: Language;
}

export async function insertSession(tx: Tx, environmentId: string, secretHash: Buffer, session: SubjectSession, expiresAt: Date): Promise<void> {
  await tx.query(
    'insert into portico.subject_session (environment_id, secret_hash, customer_id, authorization_request, sign_in, language, expires_at) values ($1, $2, $3, $4, $5, $6, $7)',
    [environmentId, secretHash, session.customerId, session.authorization, session.signIn, session.language, expiresAt],
  );
}

export async function findSession(tx: Tx, environmentId: string, secretHash: Buffer, wallNow: Date): Promise<SubjectSession | null> {
  const [row] = await tx.query<SubjectSession[]>(
    `select customer_id as "customerId", authorization_request as "authorization", sign_in as "signIn", language from portico.subject_session
     where environment_id = $1 and secret_hash = $2 and expires_at > $3`,
    [environmentId, secretHash, wallNow],
  );
  return row ?? null;
}

export async function setSessionLanguage(tx: Tx, environmentId: string, secretHash: Buffer, language: Language): Promise<void> {
  await tx.query('update portico.subject_session set language = $3 where environment_id = $1 and secret_hash = $2', [environmentId, secretHash, language]);
}

/** Ends a session; answers whether there was one, so that of two at once only one goes on. */
export async function deleteSession(tx: Tx, environmentId: string, secretHash: Buffer): Promise<boolean> {
  const [, count] = await tx.query<[unknown, number]>('delete from portico.subject_session where environment_id = $1 and secret_hash = $2', [environmentId, secretHash]);
  return count === 1;
}

export async function trimConsentDoor(tx: Tx, oldest: Date): Promise<void> {
  await tx.query('select portico.trim_consent_door($1)', [oldest]);
}
