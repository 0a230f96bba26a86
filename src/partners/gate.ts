/**
 * The gate: whether a caller may still come in, asked by every statement in its own snapshot. A
 * revoked credential, a suspended partner or a closed environment thus counts from the next
 * statement on, on every gateway, and no news has to travel.
 */
import type { EnvironmentClock, Instant } from '../base/clock.ts';
import { inTransaction, type Database } from '../platform/postgres/database.ts';
import { given, ReadRequest, render, sql, type GivenValues, type Sql } from '../reads/index.ts';
import type { PartnerClaims } from './access-token.rules.ts';

const environmentId = given('environment_id');
const wallNow = given('wall_now', 'timestamptz');

/** Tables and predicate of the gate, without what is selected from them. A sandbox's owner lives in
    another environment, which only a function of the database's owner can see; the CASE spares live
    callers the call. */
const throughTheGate = sql`
from portico.credential c
join portico.integration i on i.environment_id = c.environment_id and i.partner_id = c.partner_id and i.id = c.integration_id
join portico.partner p on p.environment_id = c.environment_id and p.id = c.partner_id
join portico.environment e on e.id = c.environment_id
where c.environment_id = ${environmentId} and c.id = ${given('credential_id')}
  and c.partner_id = ${given('partner_id')} and c.integration_id = ${given('integration_id')}
  and c.revoked_at is null and (c.expires_at is null or c.expires_at > ${wallNow})
  and i.status = 'ACTIVE' and p.status = 'ACTIVE' and e.closed_at is null
  and case when e.owner_partner_id is null then true else portico.owner_in_good_standing(e.owner_environment_id, e.owner_partner_id) end
  and not exists (select from portico.revoked_token r where r.environment_id = ${environmentId} and r.token_id = ${given('token_id')})`;

const pinnedVersion = given('pinned_version');
const documentsRevision = given('documents_revision', 'bigint');

/** One row without columns while the caller may come in, and its environment, its documents and the pin that
    it relies on are still as they were when the request was placed; else none. Given: environment_id,
    partner_id, integration_id, credential_id, token_id (text), wall_now (timestamptz),
    environment_revision (bigint), pinned_version (text; empty where there was no pin, null where
    the request does not depend on it), documents_revision (bigint; null where the request does not depend on it). */
export const callerGate: Sql = sql`select ${throughTheGate} and e.revision = ${given('environment_revision', 'bigint')}
  and (${pinnedVersion} is null or coalesce(i.pinned_version, '') = ${pinnedVersion})
  and (${documentsRevision} is null or i.documents_revision = ${documentsRevision})`;

/** Who calls and from where: what the rest of the road needs to know. */
export interface Caller {
  readonly integrationId: string;
  readonly integrationName: string;
  /** The API version that answers requests which name none; null before the first call. */
  readonly pinnedVersion: string | null;
  /** Which documents are answered; and a count of the changes of that and of what is registered, a bigint as text. */
  readonly documents: { readonly mode: 'OPEN' | 'LOGGED' | 'REGISTERED_ONLY'; readonly revision: string };
  readonly partnerId: string;
  /** Code of the partner's tier. */
  readonly tier: string;
  readonly credentialId: string;
  readonly tokenId: string;
  /** Until when it may do more in live than go there, by environment time: no time before it went live,
      for ever where no end is set, and in a sandbox. */
  readonly liveUntil: Instant;
  /** Wall time: when all of this was read. */
  readonly loadedAt: Instant;
  /** The token's scopes that the integration still has. */
  readonly scopes: readonly string[];
  readonly environment: {
    readonly id: string;
    readonly kind: 'LIVE' | 'SANDBOX';
    readonly clock: EnvironmentClock;
    /** Counts the environment's changes; a bigint as text. */
    readonly revision: string;
    /** What befalls requests there, of a sandbox that asked for it; wall time. */
    readonly faults: readonly { readonly kind: string; readonly rate: number; readonly until: string }[];
  };
}

interface CallerRow {
  integration_name: string;
  pinned_version: string | null;
  document_mode: Caller['documents']['mode'];
  documents_revision: string;
  scopes: string[];
  live_at: Date | null;
  live_until: Date | null;
  tier: string;
  kind: 'LIVE' | 'SANDBOX';
  offset_ms: number;
  frozen_at: Date | null;
  revision: string;
  faults: { kind: string; rate: number; until: string }[];
}

const CALLER =
  render(sql`select i.name as integration_name, i.pinned_version, i.document_mode, i.documents_revision::text as documents_revision, i.scopes, i.live_at, i.live_until, p.tier, e.kind, e.clock_offset_ms::float8 as offset_ms,
  e.clock_frozen_at as frozen_at, e.revision::text as revision, e.faults ${throughTheGate}`);

/** The caller behind a verified token, or null where the gate is closed to it. Throws `UnavailableError`. */
export async function loadCaller(database: Database, claims: PartnerClaims, now: Instant): Promise<Caller | null> {
  const facts: GivenValues = {
    environment_id: claims.env,
    partner_id: claims.partner,
    integration_id: claims.sub,
    credential_id: claims.cred,
    token_id: claims.jti,
    wall_now: new Date(now),
  };
  const request = new ReadRequest(facts, {});
  const values = CALLER.params.map(param => param.value(request));
  const rows = await inTransaction(database, { environmentId: claims.env, partnerId: claims.partner }, tx => tx.query<CallerRow[]>(CALLER.text, values));
  const [row] = rows;
  if (!row) return null;
  return {
    integrationId: claims.sub,
    integrationName: row.integration_name,
    pinnedVersion: row.pinned_version,
    documents: { mode: row.document_mode, revision: row.documents_revision },
    partnerId: claims.partner,
    tier: row.tier,
    credentialId: claims.cred,
    tokenId: claims.jti,
    liveUntil: liveUntil(row),
    loadedAt: now,
    scopes: claims.scope.split(' ').filter(scope => row.scopes.includes(scope)),
    environment: { id: claims.env, kind: row.kind, clock: { offsetMs: row.offset_ms, frozenAt: row.frozen_at?.getTime() ?? null }, revision: row.revision, faults: row.faults },
  };
}

const liveUntil = ({ kind, live_at: liveAt, live_until: until }: CallerRow): Instant => (kind === 'SANDBOX' || (liveAt && !until) ? Infinity : (until?.getTime() ?? -Infinity));
