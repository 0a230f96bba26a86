/** Going live: an integration's live credentials are switched on once its partner has shown in its
    sandboxes all that the checklist asks for. */
import type { Clock } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { currentEnvironment } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { openSteps } from './checklist.store.ts';

export interface GoLiveRefusal {
  readonly code: 'LIVE_ONLY' | 'NOT_FOUND' | 'CHECKLIST_OPEN';
  readonly message: string;
  readonly path: readonly string[];
}

const refuse = (code: GoLiveRefusal['code'], message: string, ...path: string[]) => refused<GoLiveRefusal>({ code, message, path });

/** Switches the live credentials of an integration of the context's partner on, without an end. Doing
    it again changes nothing. Refusals: LIVE_ONLY, NOT_FOUND, CHECKLIST_OPEN.
    @param clock the environment's */
export async function goLive(tx: Tx, integrationId: string, clock: Clock): Promise<Outcome<null, GoLiveRefusal>> {
  const { id: environmentId, kind } = await currentEnvironment(tx);
  if (kind !== 'LIVE') return refuse('LIVE_ONLY', 'Use a token of your live integration: a sandbox has nothing to switch on.');
  const [integration] = await tx.query<{ partner_id: string; live_at: Date | null; live_until: Date | null }[]>(
    'select partner_id, live_at, live_until from portico.integration where environment_id = $1 and id = $2 for no key update',
    [environmentId, integrationId],
  );
  if (!integration) return refuse('NOT_FOUND', 'There is no such integration.', 'integrationId');
  if (integration.live_at && !integration.live_until) return ok(null);
  const open = await openSteps(tx, environmentId, integration.partner_id);
  if (open.length > 0)
    return refuse(
      'CHECKLIST_OPEN',
      `Your sandboxes have not shown ${open.join(', ')} yet. \`onboarding { steps { name state } }\` says so too, and the schema what each step takes.`,
    );
  await tx.query('update portico.integration set live_at = coalesce(live_at, $3), live_until = null where environment_id = $1 and id = $2', [
    environmentId,
    integrationId,
    new Date(clock.now()),
  ]);
  return ok(null);
}
