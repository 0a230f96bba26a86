/** Payouts as a bank takes them: ISO 20022 `pain.001.001.09` (customer credit transfer initiation) and
    CSV after RFC 4180, both of them whole texts. */
import type { Instant } from '../base/clock.ts';

export interface PayoutFile {
  readonly id: string;
  readonly currency: string;
  readonly debtor: string;
  readonly debtorIban: string;
  readonly madeAt: Instant;
  readonly payouts: readonly FiledPayout[];
}

export interface FiledPayout {
  readonly id: string;
  readonly creditor: string;
  readonly iban: string;
  /** In the currency's main unit, e.g. `1250.00`. */
  readonly amount: string;
  readonly amountMinor: number;
}

/** Digits after the point of the currencies that have another number than two (ISO 4217). */
const DIGITS: Readonly<Record<string, number>> = { JPY: 0, KRW: 0, CLP: 0, ISK: 0, VND: 0, BHD: 3, JOD: 3, KWD: 3, OMR: 3, TND: 3 };

/** Minor units as a decimal text. */
export function amountText(amountMinor: number, currency: string): string {
  const digits = DIGITS[currency] ?? 2;
  const text = String(amountMinor).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Whether a text without spaces is an IBAN: its form, and its check digits (ISO 7064, MOD 97-10). */
export function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/.test(text)) return false;
  const digits = `${text.slice(4)}${text.slice(0, 4)}`.replace(/[A-Z]/g, letter => String(letter.charCodeAt(0) - 55));
  return BigInt(digits) % 97n === 1n;
}

/** What XML 1.0 lets stand in a text, as such; control characters are left out. */
const xml = (text: string): string =>
  text
    .replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

/** ISO 20022 bounds names to 140 characters and ids to 35. */
const name = (text: string): string => xml(text.slice(0, 140));
const reference = (id: string): string => xml(id.slice(0, 35));

const total = ({ payouts, currency }: PayoutFile): string =>
  amountText(
    payouts.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    currency,
  );

export function pain001(file: PayoutFile): string {
  const { id, currency, debtor, debtorIban, madeAt, payouts } = file;
  const made = new Date(madeAt).toISOString();
  const sums = `<NbOfTxs>${payouts.length}</NbOfTxs>\n      <CtrlSum>${total(file)}</CtrlSum>`;
  const transfers = payouts.map(
    ({ id: payoutId, creditor, iban, amount }) => `      <CdtTrfTxInf>
        <PmtId><EndToEndId>${reference(payoutId)}</EndToEndId></PmtId>
        <Amt><InstdAmt Ccy="${currency}">${amount}</InstdAmt></Amt>
        <Cdtr><Nm>${name(creditor)}</Nm></Cdtr>
        <CdtrAcct><Id><IBAN>${iban}</IBAN></Id></CdtrAcct>
      </CdtTrfTxInf>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">
  <CstmrCdtTrfInitn>
    <GrpHdr>
      <MsgId>${reference(id)}</MsgId>
      <CreDtTm>${made}</CreDtTm>
      ${sums}
      <InitgPty><Nm>${name(debtor)}</Nm></InitgPty>
    </GrpHdr>
    <PmtInf>
      <PmtInfId>${reference(id)}</PmtInfId>
      <PmtMtd>TRF</PmtMtd>
      ${sums}
      <ReqdExctnDt><Dt>${made.slice(0, 10)}</Dt></ReqdExctnDt>
      <Dbtr><Nm>${name(debtor)}</Nm></Dbtr>
      <DbtrAcct><Id><IBAN>${debtorIban}</IBAN></Id></DbtrAcct>
      <DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>
${transfers.join('\n')}
    </PmtInf>
  </CstmrCdtTrfInitn>
</Document>
`;
}

/** A text that a spreadsheet would run as a formula begins with a quotation mark. */
const cell = (text: string): string => {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

export const csv = ({ currency, payouts }: PayoutFile): string =>
  [['payout', 'creditor', 'iban', 'amount', 'currency'], ...payouts.map(({ id, creditor, iban, amount }) => [id, creditor, iban, amount, currency])]
    .map(cells => `${cells.map(cell).join(',')}\r\n`)
    .join('');
