/** The SQL of letters that wait. */
import type { Instant } from '../../base/clock.ts';
import { newId } from '../../base/ids.ts';
import type { Tx } from '../../platform/postgres/database.ts';
import type { Language } from '../catalogue.rules.ts';

export type LetterKind = 'GRANT_GIVEN' | 'GRANT_REMINDER' | 'ERASED';

/** Writes a letter about a grant. Only live people are written to: those of sandboxes are made up. */
export async function writeGrantLetter(
  tx: Tx,
  letter: { environmentId: string; kind: 'GRANT_GIVEN' | 'GRANT_REMINDER'; customerId: string; grantId: string },
  wallNow: Instant,
): Promise<void> {
  await tx.query(
    `insert into portico.letter (environment_id, id, kind, customer_id, grant_id, written_at, next_at)
     select e.id, $2, $3, $4, $5, $6::timestamptz, $6::timestamptz from portico.environment e where e.id = $1 and e.kind = 'LIVE'`,
    [letter.environmentId, newId('ltr'), letter.kind, letter.customerId, letter.grantId, new Date(wallNow)],
  );
}

/** Writes the last letter, to the address that the person still has. */
export async function writeLastLetter(tx: Tx, { environmentId, customerId }: { environmentId: string; customerId: string }, wallNow: Instant): Promise<void> {
  await tx.query(
    `insert into portico.letter (environment_id, id, kind, customer_id, address, language, written_at, next_at)
     select c.environment_id, $3, 'ERASED', c.id, c.email, case when c.language like 'de%' then 'de' else 'en' end, $4::timestamptz, $4::timestamptz
     from portico.customer c join portico.environment e on e.id = c.environment_id and e.kind = 'LIVE' where c.environment_id = $1 and c.id = $2 and c.email is not null`,
    [environmentId, customerId, newId('ltr'), new Date(wallNow)],
  );
}

export interface WaitingLetter {
  readonly id: string;
  readonly kind: LetterKind;
  /** Null where there is nobody to write to any more. */
  readonly address: string | null;
  readonly language: Language;
  readonly attempts: number;
  readonly app: string | null;
  readonly partner: string | null;
  readonly purposeTitle: string | null;
  readonly expiresAt: Date | null;
}

/** Takes the next letter that is due. Until `again` nobody else takes it, and then only if it still stands there. */
export async function takeLetter(tx: Tx, environmentId: string, now: Instant, again: (attempts: number) => Instant): Promise<WaitingLetter | null> {
  const [letter] = await tx.query<WaitingLetter[]>(
    `select l.id, l.kind, coalesce(l.address, c.email) as address, coalesce(l.language, case when c.language like 'de%' then 'de' else 'en' end) as language, l.attempts,
       i.name as app, p.name as partner, v.title ->> coalesce(l.language, case when c.language like 'de%' then 'de' else 'en' end) as "purposeTitle", g.expires_at as "expiresAt"
     from portico.letter l
     left join portico.customer c on c.environment_id = l.environment_id and c.id = l.customer_id
     left join portico.consent_grant g on g.environment_id = l.environment_id and g.id = l.grant_id
     left join portico.integration i on i.environment_id = l.environment_id and i.id = g.integration_id
     left join portico.partner p on p.environment_id = l.environment_id and p.id = g.partner_id
     left join portico.purpose_version v on v.purpose = g.purpose and v.version = g.purpose_version
     where l.environment_id = $1 and l.next_at <= $2 order by l.next_at, l.id limit 1 for update of l skip locked`,
    [environmentId, new Date(now)],
  );
  if (!letter) return null;
  const attempts = letter.attempts + 1;
  await tx.query('update portico.letter set attempts = $3, next_at = $4 where environment_id = $1 and id = $2', [environmentId, letter.id, attempts, new Date(again(attempts))]);
  return { ...letter, attempts };
}

export async function dropLetter(tx: Tx, environmentId: string, id: string): Promise<void> {
  await tx.query('delete from portico.letter where environment_id = $1 and id = $2', [environmentId, id]);
}

/** Forgets letters that were written before an instant. */
export async function trimLetters(tx: Tx, oldest: Date): Promise<void> {
  await tx.query('select portico.trim_letters($1)', [oldest]);
}
