/** What the page learns from the gateway before it shows anything. */
import { demoEnvironments, type Environment } from './access.ts';
import { getJson } from './gateway.ts';

export interface ApiVersion {
  version: string;
  kind: 'UNSTABLE' | 'RELEASE_CANDIDATE' | 'CURRENT' | 'SUPPORTED' | 'DEPRECATED' | 'RETIRED';
  /** RFC 3339; null while no end is set. */
  retiresAt: string | null;
}

export interface Start {
  /** Versions that still answer; empty where the gateway could not say. */
  versions: ApiVersion[];
  /** The demo's environments, empty outside demo mode. */
  environments: Environment[];
  /** What went wrong, and what to do; null where nothing did. */
  problem: string | null;
}

/** Never throws: without versions or demo tokens the page still serves whoever has a credential. */
export async function loadStart(): Promise<Start> {
  const [versions, environments] = await Promise.allSettled([loadVersions(), loadEnvironments()]);
  const problems = [versions, environments].flatMap(result => (result.status === 'rejected' ? [(result.reason as Error).message] : []));
  return {
    versions: versions.status === 'fulfilled' ? versions.value : [],
    environments: environments.status === 'fulfilled' ? environments.value : [],
    problem: problems.join(' ') || null,
  };
}

async function loadVersions(): Promise<ApiVersion[]> {
  const { versions } = await getJson<{ versions: ApiVersion[] }>('/versions.json');
  return versions.filter(({ kind }) => kind !== 'RETIRED');
}

async function loadEnvironments(): Promise<Environment[]> {
  const { demo } = await getJson<{ demo: boolean }>('/explorer/config.json');
  return demo ? demoEnvironments() : [];
}
