/** Money as partners see it: exact, with its currency, in both forms that software needs. */
import { Field, ObjectType } from 'type-graphql';
import { Embedded, sql } from '../reads/index.ts';
import { CurrencyCode, Decimal, SafeInt } from './scalars.ts';

@ObjectType({ description: 'An amount of money in one currency.' })
export class Money {
  @Field(() => Decimal, { description: 'The amount in the currency\'s main unit, e.g. `"1250.00"`.' })
  amount!: string;

  @Field(() => CurrencyCode, { description: 'The currency, after ISO 4217.' })
  currency!: string;

  @Field(() => SafeInt, { description: "The amount in the currency's smallest unit, e.g. 125000 cents." })
  minorUnits!: number;
}

/** Reads a Money field from two columns; null where the amount is. */
export const MoneyColumns = (amountColumn: string, currencyColumn: string) =>
  Embedded(
    {
      amount: row => sql`portico.money_text(${row.col(amountColumn)}, ${row.col(currencyColumn)})`,
      currency: row => row.col(currencyColumn),
      minorUnits: row => row.col(amountColumn),
    },
    row => sql`${row.col(amountColumn)} is not null`,
  );
