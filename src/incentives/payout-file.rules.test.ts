import fc from 'fast-check';
import { amountText, csv, isIban, pain001, type PayoutFile } from './payout-file.rules.ts';

const file = (creditor: string): PayoutFile => ({
  id: 'pof_1',
  currency: 'EUR',
  debtor: 'Harbour & Co',
  debtorIban: 'DE89370400440532013000',
  madeAt: Date.parse('2026-11-23T10:00:00Z'),
  payouts: [
    { id: 'pay_1', creditor, iban: 'GB82WEST12345698765432', amount: '12.50', amountMinor: 1250 },
    { id: 'pay_2', creditor: 'B', iban: 'FR1420041010050500013M02606', amount: '0.07', amountMinor: 7 },
  ],
});

test.each([
  ['DE89370400440532013000', true],
  ['GB82WEST12345698765432', true],
  ['DE89370400440532013001', false],
  ['de89370400440532013000', false],
  ['DE8937040044053201300 ', false],
  ['DE89', false],
])('%s is an IBAN: %s', (text, is) => {
  expect(isIban(text)).toBe(is);
});

test.each([
  [7, 'EUR', '0.07'],
  [125_000, 'EUR', '1250.00'],
  [300, 'JPY', '300'],
  [1, 'KWD', '0.001'],
])('%i of %s is %s', (minor, currency, text) => {
  expect(amountText(minor, currency)).toBe(text);
});

test('a file says how many payouts it has and what they come to, twice as the standard asks', () => {
  const text = pain001(file('A'));
  expect(text.match(/<NbOfTxs>2<\/NbOfTxs>/g)).toHaveLength(2);
  expect(text.match(/<CtrlSum>12\.57<\/CtrlSum>/g)).toHaveLength(2);
  expect(text).toContain('<InstdAmt Ccy="EUR">12.50</InstdAmt>');
  expect(text).toContain('<Nm>Harbour &amp; Co</Nm>');
});

test('whatever a creditor is called, it breaks out of neither form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), creditor => {
      const elements = (text: string) => text.match(/<[^>]*>/g)!.length;
      expect(elements(pain001(file(creditor)))).toBe(elements(pain001(file('A'))));
    }),
  );
  expect(csv(file('=HYPERLINK("x"),\r\n')).split('\r\n')[1]).toBe(`pay_1,"'=HYPERLINK(""x""),`);
});
