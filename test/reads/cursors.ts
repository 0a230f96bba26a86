/**
 * What cursors mean. The gateway's are opaque; the reference names each of its own, and where both
 * stand in the same place of an answer the gateway's comes to mean what the reference's does. Two
 * that differ on one side may not be the same on the other.
 */
import type { Cell } from './cells.ts';

export interface CursorMeaning {
  /** The list with its filter and sort. */
  readonly list: string;
  readonly coordinate: string;
  /** Arguments but for those of paging. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly row: string;
  readonly cells: Readonly<Record<string, Cell>>;
}

const NAME = /^reference cursor \d+$/;

export class Cursors {
  private readonly meanings: CursorMeaning[] = [];
  private readonly names = new Map<string, string>();
  private readonly gatewayToName = new Map<string, string>();
  private readonly nameToGateway = new Map<string, string>();
  private readonly byCoordinate = new Map<string, string[]>();

  /** The reference's name of a place in a list. */
  giveOut(meaning: CursorMeaning): string {
    const key = `${meaning.list} ${meaning.row}`;
    let name = this.names.get(key);
    if (name === undefined) {
      name = `reference cursor ${this.meanings.length}`;
      this.names.set(key, name);
      this.meanings.push(meaning);
    }
    return name;
  }

  /** What a cursor that the gateway gave out means; undefined where it gave out no such cursor. */
  meaningOf(cursor: string): CursorMeaning | undefined {
    const name = this.gatewayToName.get(cursor);
    return name === undefined ? undefined : this.meanings[Number(name.split(' ')[2])];
  }

  /** Whether both stand for the same place, as far as is known; what is learnt is kept. */
  areSame(gateways: unknown, references: string): boolean {
    if (typeof gateways !== 'string') return false;
    const [name, gateway] = [this.gatewayToName.get(gateways), this.nameToGateway.get(references)];
    if (name !== undefined || gateway !== undefined) return name === references && gateway === gateways;
    this.gatewayToName.set(gateways, references);
    this.nameToGateway.set(references, gateways);
    const { coordinate } = this.meanings[Number(references.split(' ')[2])]!;
    const known = this.byCoordinate.get(coordinate);
    if (known) known.push(gateways);
    else this.byCoordinate.set(coordinate, [gateways]);
    return true;
  }

  /** The gateway's cursors of a list, under whatever filter and sort. */
  of(coordinate: string): readonly string[] {
    return this.byCoordinate.get(coordinate) ?? [];
  }

  get all(): readonly string[] {
    return [...this.gatewayToName.keys()];
  }
}

export const isReferenceCursor = (value: unknown): value is string => typeof value === 'string' && NAME.test(value);
