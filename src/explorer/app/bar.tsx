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
            {versions.map(each => (
              <option key={each.version} value={each.version}>
                {versionLabel(each)}
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

/** `2026-10 (current)`, `2026-01 (deprecated, retires 2027-01-01)`, and `unstable` once only. */
function versionLabel({ version, kind, retiresAt }: ApiVersion): string {
  const words = kind.toLowerCase().replace('_', ' ');
  if (words === version) return version;
  return kind === 'DEPRECATED' && retiresAt ? `${version} (${words}, retires ${retiresAt.slice(0, 10)})` : `${version} (${words})`;
}
