/** Commands for the keys that sign access tokens. */
import { wallClock } from '../base/clock.ts';
import { ConfigError, readConfig } from '../config.ts';
import { rotateSigningKeys } from '../partners/index.ts';
import { print } from './session.ts';

export async function runRotateKeys(): Promise<void> {
  const config = readConfig();
  if (config.signingKey) throw new ConfigError('SIGNING_KEY holds the keys: put a new private key in front of the present one there, and restart the gateways.');
  const { added, signsAt, removed } = await rotateSigningKeys(config.signingKeysDir, wallClock);
  print({ added, 'signs from': new Date(signsAt).toISOString(), removed: removed.length === 0 ? 'none' : removed });
}
