/** Commands for people and partners: the first ones of a new installation, and the emergency stop. */
import { wallClock } from '../base/clock.ts';
import { createPartner, createStaff, reinstatePartner, suspendPartner } from '../partners/index.ts';
import { NO_TENANT, inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import type { Outcome } from '../base/outcome.ts';
import { ConfigError } from '../config.ts';
import { settleLive } from '../database.ts';
import { print, withDatabase } from './session.ts';

interface StaffOptions {
  readonly name: string;
  readonly email: string;
  readonly role: string[];
  readonly json?: boolean;
}

export const createStaffMember = (options: StaffOptions): Promise<void> =>
  withDatabase(async database => {
    const created = await inTransaction(database, NO_TENANT, tx => createStaff(tx, { name: options.name, email: options.email, roles: options.role }, wallClock));
    const { staff, roles, clientId, clientSecret } = expectOk(created);
    print({ staffId: staff.id, name: staff.name, roles, clientId, clientSecret }, options);
  });

interface PartnerOptions {
  readonly name: string;
  readonly ownerName?: string;
  readonly ownerEmail?: string;
  readonly integration: string;
  readonly category: string;
  readonly live?: boolean;
  readonly json?: boolean;
}

export const createFirstPartner = (options: PartnerOptions): Promise<void> =>
  withDatabase(async database => {
    const created = await inLive(database, tx =>
      createPartner(
        tx,
        {
          name: options.name,
          ...(options.ownerName !== undefined ? { ownerName: options.ownerName } : {}),
          ...(options.ownerEmail !== undefined ? { ownerEmail: options.ownerEmail } : {}),
          integration: { name: options.integration, category: options.category, live: options.live ?? false },
        },
        wallClock,
      ),
    );
    const { partner, integration, clientId, clientSecret } = expectOk(created);
    print({ environmentId: partner.environmentId, partnerId: partner.id, integrationId: integration.id, clientId, clientSecret }, options);
  });

export const setPartnerStatus = (partnerId: string, status: 'ACTIVE' | 'SUSPENDED'): Promise<void> =>
  withDatabase(async database => {
    expectOk(await inLive(database, tx => (status === 'SUSPENDED' ? suspendPartner(tx, partnerId) : reinstatePartner(tx, partnerId))));
    print({ partnerId, status });
  });

/** As the marketplace, in the live environment. */
async function inLive<T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  const environmentId = await settleLive(database, wallClock);
  return inTransaction(database, { environmentId, partnerId: '*' }, work);
}

function expectOk<T>(outcome: Outcome<T, { message: string }>): T {
  if (!outcome.ok) throw new ConfigError(outcome.refusal.message);
  return outcome.value;
}
