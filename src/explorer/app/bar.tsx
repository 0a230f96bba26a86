import type { ReactNode } from 'react';
import type { ApiVersion } from './start.ts';

/** The choice to sign in with a credential rather than use a demo environment. */
export const OWN_CREDENTIAL = 'own credential';

interface BarProps {
  versions: ApiVersion[];
  version: string | null;
  onVersion(version: string): void;
  places: string[];
  place: string;
  onPlace(place: string): void;
  children: ReactNode;
}

export function Bar({ versions, version, onVersion, places, place, onPlace, children }: BarProps) {
  return (
    <header className="bar">
      <h1>
        Portico <span>Explorer</span>
      </h1>
      {version && (
        <label>
          Version
          <select value={version} onChange={event => onVersion(event.target.value)}>
            {versions.map(({ version, kind }) => (
              <option key={version} value={version}>
                {versionLabel(version, kind)}
              </option>
            ))}
          </select>
        </label>
      )}
      {places.length > 0 && (
        <label>
          Environment
          <select value={place} onChange={event => onPlace(event.target.value)}>
            {places.map(label => (
              <option key={label}>{label}</option>
            ))}
            <option value={OWN_CREDENTIAL}>Own credential …</option>
          </select>
        </label>
      )}
      {children}
    </header>
  );
}

/** `2026-07 (deprecated)`, and `unstable` once only. */
function versionLabel(version: string, kind: ApiVersion['kind']): string {
  const words = kind.toLowerCase().replace('_', ' ');
  return words === version ? version : `${version} (${words})`;
}
