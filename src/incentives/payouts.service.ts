/** Money to partners' banks: payable becomes a file, and what the bank made of it is written down. What a
    partner owes is kept first, half of what it would get at most. */
import type { Instant } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { nettedOf, nettingOf, payoutOf, returnOf, settlementOf } from './ledger.rules.ts';
import { balanceOf, lockLedger, post, transactionsAbout } from './ledger.store.ts';
import { programOf } from './milestone.store.ts';
import { amountText, csv, isIban, pain001 } from './payout-file.rules.ts';
import { findPayout, insertFile, insertPayout, insertPayoutAccount, loadFile, loadPayees, type Payee } from './payout.store.ts';

export interface PayoutRefusal {
  readonly code: 'INVALID' | 'NOT_FOUND' | 'ALREADY_DECIDED';
  readonly message: string;
  readonly path: readonly string[];
}

const MAX_HOLDER = 140;

/** Says where the partner is paid in a currency from now on. Refusals: INVALID. */
export async function setPayoutAccount(
  tx: Tx,
  environmentId: string,
  partnerId: string,
  { currency, holder, iban }: { currency: string; holder: string; iban: string },
  now: Instant,
): Promise<Outcome<{ payoutAccountId: string }, { code: 'INVALID'; message: string; path: string[] }>> {
  const compact = iban.replaceAll(' ', '').toUpperCase();
  if (!isIban(compact))
    return refused({ code: 'INVALID', message: 'It is no IBAN: its check digits do not fit the rest. Copy it from a statement of your bank.', path: ['input', 'iban'] });
  if (holder.trim() === '' || holder.length > MAX_HOLDER || /\p{Cc}/u.test(holder))
    return refused({ code: 'INVALID', message: `The holder's name has 1 to ${MAX_HOLDER} characters without control characters.`, path: ['input', 'holder'] });
  const id = newId('pac');
  await insertPayoutAccount(tx, environmentId, { id, partnerId, currency, holder: holder.trim(), iban: compact, since: new Date(now) });
  return ok({ payoutAccountId: id });
}

export interface PayoutOrder {
  readonly currency: string;
  readonly debtor: string;
  readonly debtorIban: string;
  /** Of one partner only; null for all. */
  readonly partnerId: string | null;
  /** Of each partner so much at most; null for all that is payable. */
  readonly mostMinor: number | null;
  /** Where a partner is paid that has not said where; null where it is not paid then. */
  readonly otherwise: { readonly iban: string } | null;
}

/** Makes one file of all that is payable in a currency to partners that said where. Refusals: INVALID, NOT_FOUND. */
export async function sendPayouts(tx: Tx, environmentId: string, order: PayoutOrder, now: Instant): Promise<Outcome<{ fileId: string; payoutIds: string[] }, PayoutRefusal>> {
  const { currency, debtor, debtorIban, partnerId, mostMinor, otherwise } = order;
  if (!isIban(debtorIban)) return refused({ code: 'INVALID', message: 'It is no IBAN: its check digits do not fit the rest.', path: ['debtorIban'] });
  if (debtor.trim() === '' || debtor.length > MAX_HOLDER) return refused({ code: 'INVALID', message: `The debtor's name has 1 to ${MAX_HOLDER} characters.`, path: ['debtor'] });
  await lockLedger(tx, environmentId);
  const payees = (await loadPayees(tx, environmentId, currency, partnerId)).filter(({ iban }) => iban !== null || otherwise !== null);
  if (payees.length === 0) return refused({ code: 'NOT_FOUND', message: `Nothing in ${currency} is payable to a partner that has said where.`, path: ['currency'] });
  const fileId = newId('pof');
  await insertFile(tx, environmentId, { id: fileId, currency, debtor, debtorIban, madeAt: new Date(now) });
  const programId = await programOf(tx, environmentId);
  const payoutIds: string[] = [];
  for (const payee of payees) payoutIds.push(await sendOne(tx, environmentId, { payee, programId, fileId, currency, iban: payee.iban ?? otherwise!.iban, mostMinor }, now));
  return ok({ fileId, payoutIds });
}

async function sendOne(
  tx: Tx,
  environmentId: string,
  { payee, programId, fileId, currency, iban, mostMinor }: { payee: Payee; programId: string; fileId: string; currency: string; iban: string; mostMinor: number | null },
  now: Instant,
): Promise<string> {
  const { partnerId } = payee;
  const [payable, receivable] = [
    await balanceOf(tx, environmentId, { kind: 'PAYABLE', partnerId, currency }),
    await balanceOf(tx, environmentId, { kind: 'RECEIVABLE', partnerId, currency }),
  ];
  const payoutId = newId('pay');
  const occurredAt = new Date(now);
  const due = Math.min(payable, mostMinor ?? payable);
  const netted = nettedOf(due, receivable);
  const amountMinor = due - netted;
  await insertPayout(tx, environmentId, { id: payoutId, partnerId, fileId, amountMinor, currency, creditor: payee.holder ?? payee.name, iban, sentAt: occurredAt });
  if (netted > 0)
    await post(tx, environmentId, {
      kind: 'NETTING',
      sourceId: payoutId,
      partnerId,
      occurredAt,
      memo: 'Kept for what was owed',
      entries: nettingOf({ programId, partnerId, currency, amountMinor: netted }),
    });
  await post(tx, environmentId, {
    kind: 'PAYOUT',
    sourceId: payoutId,
    partnerId,
    occurredAt,
    memo: 'Sent to the bank',
    entries: payoutOf({ partnerId, payoutId, currency, amountMinor }),
  });
  return payoutId;
}

/** Writes down what the bank made of a payout: once. Refusals: NOT_FOUND, ALREADY_DECIDED. */
export async function resolvePayout(
  tx: Tx,
  environmentId: string,
  payoutId: string,
  { settled, memo }: { settled: boolean; memo: string },
  now: Instant,
): Promise<Outcome<{ payoutId: string }, PayoutRefusal>> {
  await lockLedger(tx, environmentId);
  const payout = await findPayout(tx, environmentId, payoutId);
  const about = payout ? await transactionsAbout(tx, environmentId, payoutId) : [];
  const sent = about.find(({ kind }) => kind === 'PAYOUT');
  if (!payout || !sent) return refused({ code: 'NOT_FOUND', message: 'There is no such payout.', path: ['payoutId'] });
  const resolved = about.find(({ kind }) => kind === 'SETTLEMENT' || kind === 'RETURN');
  if (resolved)
    return refused({
      code: 'ALREADY_DECIDED',
      message: `The payout was ${resolved.kind === 'RETURN' ? 'returned' : 'settled'} on ${resolved.occurredAt.toISOString()}.`,
      path: ['payoutId'],
    });
  const { partnerId, currency, amountMinor } = payout;
  const written = { sourceId: payoutId, partnerId, resolvesId: sent.id, occurredAt: new Date(now), memo };
  const money = { partnerId, payoutId, currency, amountMinor };
  await post(tx, environmentId, settled ? { ...written, kind: 'SETTLEMENT', entries: settlementOf(money) } : { ...written, kind: 'RETURN', entries: returnOf(money) });
  return ok({ payoutId });
}

/** A file's text; null where there is no such file. */
export async function payoutFileText(tx: Tx, environmentId: string, fileId: string, format: 'PAIN_001' | 'CSV'): Promise<string | null> {
  const file = await loadFile(tx, environmentId, fileId);
  if (!file) return null;
  const filed = { ...file, madeAt: file.madeAt.getTime(), payouts: file.payouts.map(payout => ({ ...payout, amount: amountText(payout.amountMinor, payout.currency) })) };
  return format === 'CSV' ? csv(filed) : pain001(filed);
}
